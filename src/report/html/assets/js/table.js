// Tables that sort: rows are arrays of {t: text or node, v: value to sort by, w: share of a bar, best, tip}. Long ones show
// their first rows until all are asked for; wide ones scroll, can be scrolled by keyboard, and look as if they do.
const FIRST_ROWS = 12;
function table(host, name, columns, rows, first, isWhole = false) {
  const node = el("table"), heading = el("tr"), body = el("tbody");
  let by = null, up = true, all = isWhole || rows.length <= FIRST_ROWS + 3;
  const rowOf = (row) => {
    if (row.tr) return row.tr;
    row.tr = el("tr");
    row.cells.forEach((cell, i) => {
      const td = el(i === 0 && columns[0].row ? "th" : "td", { className: columns[i].n ? "n" : "" }, cell.t ?? "–");
      if (i === 0 && columns[0].row) td.setAttribute("scope", "row");
      if (cell.w) { td.classList.add("bar"); td.style.setProperty("--w", cell.w * 100 + "%"); }
      if (cell.best) td.classList.add("best");
      if (cell.tip) hover(td, cell.tip);
      row.tr.append(td);
    });
    return row.tr;
  };
  const more = el("button", { type: "button", className: "more", textContent: `show all ${group(rows.length, 0)} rows` });
  const fill = () => { body.replaceChildren(...(all ? rows : rows.slice(0, FIRST_ROWS)).map(rowOf)); more.hidden = all; };
  more.onclick = () => { all = true; fill(); };
  const compare = (i) => (a, b) => {
    const x = a.cells[i].v ?? a.cells[i].t, y = b.cells[i].v ?? b.cells[i].t;
    if (x === y) return 0;
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    return (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en")) * (up ? 1 : -1);
  };
  columns.forEach((column, i) => {
    const button = el("button", { type: "button" }, column.node ?? column.t), th = el("th", { className: column.n ? "n" : "", scope: "col" }, button);
    th.setAttribute("aria-sort", "none");
    button.onclick = () => {
      up = by === i ? !up : true;
      by = i;
      for (const other of heading.children) other.setAttribute("aria-sort", "none");
      th.setAttribute("aria-sort", up ? "ascending" : "descending");
      rows.sort(compare(i));
      fill();
    };
    heading.append(th);
  });
  node.append(el("thead", {}, heading), body);
  fill();
  const plain = (cell) => (cell.v !== undefined ? cell.v : cell.t);
  const raw = () => [columns.map((column) => column.t), ...rows.map((row) => row.cells.map(plain))];
  const scroll = scrolled(node, name);
  host.append(el("div", { className: "head" }, first || "", csv(name, raw)), scroll, more);
}
// A box that scrolls sideways says so: by a shadow at the side that has more, and by words while nothing was scrolled.
function scrolled(node, name) {
  const box = el("div", { className: "scroll" }, node);
  watchScroll(box, name);
  return box;
}
function watchScroll(box, name) {
  const look = () => {
    const most = box.scrollWidth - box.clientWidth, wide = most > 1;
    box.classList.toggle("left", wide && box.scrollLeft > 1);
    box.classList.toggle("right", wide && box.scrollLeft < most - 1);
    box.classList.toggle("wide", wide && box.scrollLeft <= 1);
    if (box.tagName === "NAV") return;
    if (!wide) return ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", `${name}, scrolls sideways`);
  };
  box.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(box);
  new ResizeObserver(look).observe(box.firstElementChild);
}
