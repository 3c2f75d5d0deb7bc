"use strict";
(() => {
  const table = document.getElementById("everyone");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows].map((row) => ({ row, text: row.textContent.toLowerCase() }));
  const value = {
    number: (cell) => {
      const text = cell.textContent.replace("−", "-").replace(/[^\d.-]/g, "");
      return text === "" ? null : Number(text);
    },
    text: (cell) => cell.textContent.toLowerCase() || null,
  };
  const order = new Intl.Collator("en", { numeric: true }).compare;
  const compare = { number: (a, b) => a - b, text: order };

  const sort = (column, falling) => {
    const kind = heads[column].dataset.kind;
    const keyed = rows.map((each) => ({ each, key: value[kind](each.row.cells[column]) }));
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
      return falling ? compare[kind](b.key, a.key) : compare[kind](a.key, b.key);
    });
    body.remove(); // rows are moved ten times faster while the table is not on the page
    body.append(...keyed.map(({ each }) => each.row));
    table.append(body);
    heads.forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  };

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => {
      const was = head.getAttribute("aria-sort");
      sort(column, was ? was === "ascending" : head.dataset.kind === "number");
    });
    head.append(button);
  });

  const form = document.getElementById("filter");
  const { words, state, need, all } = form.elements;
  const shown = document.getElementById("shown");
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { row, text } of rows) {
      const cells = row.cells;
      const fits =
        (!state.value || cells[1].textContent === state.value) &&
        (!need.value || cells[2].textContent.includes(need.value)) &&
        wanted.every((word) => text.includes(word));
      if (row.hidden === fits) row.hidden = !fits;
      count += fits;
    }
    shown.textContent = `${count.toLocaleString("en-US")} of ${rows.length.toLocaleString("en-US")} households`;
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  all.addEventListener("click", () => {
    form.reset();
    filter();
  });
  filter();
})();
