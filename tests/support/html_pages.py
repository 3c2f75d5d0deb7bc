"""Pages as a reader of HTML sees them: text, elements with their attributes, tables by caption."""

from html.parser import HTMLParser

DIM = """
() => {
  const parse = color => color.match(/[\\d.]+/g).map(Number);
  const light = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const color = parse(getComputedStyle(each).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const dim = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.getClientRects().length) continue;
    const [text, paper] = [light(parse(getComputedStyle(element).color).slice(0, 3)), light(behind(element))];
    const contrast = (Math.max(text, paper) + 0.05) / (Math.min(text, paper) + 0.05);
    if (contrast < 4.5) dim.push([element.textContent.trim().slice(0, 40), contrast]);
  }
  return dim;
}
"""
"""Text whose contrast is below 4.5 to 1 (WCAG 2.2, 1.4.3)."""

EMPTY = {"meta", "link", "rect", "col", "br", "input", "img"}


class Element:
    def __init__(self, name, attributes):
        self.name, self.attributes, self.children = name, dict(attributes), []

    @property
    def text(self):
        """The text of the element and of those in it, with single spaces."""
        return " ".join("".join(self._strings()).split())

    def _strings(self):
        for child in self.children:
            yield from [child] if isinstance(child, str) else child._strings()

    def all(self, name):
        """The elements of a name below this one, in the order of the page."""
        for child in self.children:
            if not isinstance(child, str):
                if child.name == name:
                    yield child
                yield from child.all(name)

    def classes(self):
        return self.attributes.get("class", "").split()


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = Element("page", [])
        self.open = [self.root]

    def handle_starttag(self, name, attributes):
        element = Element(name, attributes)
        self.open[-1].children.append(element)
        if name not in EMPTY:
            self.open.append(element)

    def handle_startendtag(self, name, attributes):
        self.open[-1].children.append(Element(name, attributes))

    def handle_endtag(self, name):
        assert self.open[-1].name == name, (self.open[-1].name, name)
        self.open.pop()

    def handle_data(self, text):
        self.open[-1].children.append(text)


def read(html):
    """The page as an element. Fails if elements are not closed in their order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root]
    return reader.root


def every(element):
    """All elements below one."""
    for child in element.children:
        if not isinstance(child, str):
            yield child
            yield from every(child)


def section(page, name):
    """The section that a heading of this id belongs to."""
    return next(each for each in page.all("section") if name in (each.attributes.get("aria-labelledby"),))


def rows(table):
    """The rows of a table's bodies, each a dictionary from the column's head to the cell; spanned rows are left out."""
    heads = [cell.text for cell in next(table.all("thead")).all("th")]
    for body in table.all("tbody"):
        for row in body.all("tr"):
            cells = [cell for cell in row.children if not isinstance(cell, str)]
            if len(cells) == len(heads):
                yield dict(zip(heads, cells, strict=True))


def number(cell):
    """The number of a cell; None if it is empty."""
    text = cell.text.removesuffix(" outside").replace("−", "-").replace(",", "").replace("$", "").replace("+", "")
    return None if not text else float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)


def external(page):
    """What the page would load or run from elsewhere."""
    for element in every(page):
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            where = element.attributes.get(name)
            if where is not None and element.name != "a" and where != "data:,":
                yield element.name, where
        yield from ((element.name, name) for name in element.attributes if name.startswith("on"))
