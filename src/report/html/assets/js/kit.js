// What every part uses: the data, elements, themes, numbers as people read them, the tip, and downloads.
const D = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
const $ = (selector) => document.querySelector(selector);
const el = (tag, props = {}, ...kids) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) key in node ? (node[key] = value) : node.setAttribute(key, value);
  node.append(...kids);
  return node;
};
const NS = "http://www.w3.org/2000/svg";
const svg = (tag, attributes = {}, text) => {
  const node = document.createElementNS(NS, tag);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  return node;
};
const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const redraws = [];

// Theme: the reader's choice, else the system's. Paper is light.
const system = matchMedia("(prefers-color-scheme: dark)");
const stored = () => { try { return localStorage.getItem("stowplan-theme"); } catch { return null; } };
const setTheme = (theme) => { root.dataset.theme = theme; redraws.forEach((draw) => draw()); };
setTheme(stored() || (system.matches ? "dark" : "light"));
system.addEventListener("change", () => { if (!stored()) setTheme(system.matches ? "dark" : "light"); });
$("#theme").onclick = () => {
  const theme = root.dataset.theme === "dark" ? "light" : "dark";
  try { localStorage.setItem("stowplan-theme", theme); } catch { /* a private window */ }
  setTheme(theme);
};

// Numbers. A scale shows all values of one chart in one unit; `decimals` are as few as tell different values apart.
const formats = new Map();
const group = (x, decimals) => {
  if (!formats.has(decimals)) formats.set(decimals, new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
  const text = formats.get(decimals).format(x);
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text;
};
const scaleOf = (unit, largest) => {
  const v = Math.abs(largest);
  switch (unit) {
    case "share": return { over: 0.01, before: "", after: " %", decimals: 1 };
    case "s": return v < 120 ? { over: 1, before: "", after: " s", decimals: v % 1 ? 1 : 0 } : v < 7200 ? { over: 60, before: "", after: " min", decimals: 1 } : v < 172800 ? { over: 3600, before: "", after: " h", decimals: 1 } : { over: 86400, before: "", after: " d", decimals: 1 };
    case "$/h": return { over: 1, before: "$", after: "/h", decimals: cents(v) };
    case "$": return { over: 1, before: "$", after: "", decimals: cents(v) };
    case "count": return { over: 1, before: "", after: "", decimals: v % 1 && v < 10000 ? 1 : 0 };
    default: return { over: 1, before: "", after: "", decimals: 2 };
  }
};
const cents = (v) => (v < 1e-9 || v >= 0.05 ? 2 : v >= 0.0005 ? 4 : 6);
const write = (v, scale, decimals = scale.decimals) => {
  if (v === null || v === undefined || Number.isNaN(v)) return "–";
  const text = group(v / scale.over, decimals), sign = text.startsWith("-") ? "-" : "";
  return sign + scale.before + text.slice(sign.length) + scale.after;
};
const show = (v, unit) => (v === null || v === undefined ? "–" : write(v, scaleOf(unit, v)));
// All values of a figure in one unit, with the decimals that tell those apart which differ.
const styled = (values, unit) => {
  const known = values.filter((v) => v !== null && v !== undefined), largest = Math.max(0, ...known.map(Math.abs));
  const fraction = known.some((v) => v % 1), scale = scaleOf(unit, fraction && unit === "count" ? Math.floor(largest) + 0.5 : largest);
  const different = new Set(known.map((v) => v.toPrecision(9))).size;
  let decimals = scale.decimals;
  while (decimals < scale.decimals + 4 && new Set(known.map((v) => write(v, scale, decimals))).size < different) decimals++;
  return (v) => write(v, scale, decimals);
};
const clock = (ms) => show(ms / 1000, "s");
const cut = (text, most) => (text.length > most ? text.slice(0, Math.ceil(most / 2)) + "…" + text.slice(-Math.floor(most / 2) + 1) : text);
const counted = (n, one, many = one + "s") => `${group(n, 0)} ${n === 1 ? one : many}`;

// An axis: ticks at round steps, each label with the decimals that its step needs, all in one unit. The axis is widened
// to whole steps, so that it has two ticks at least, and they say different things.
function axisOf(lo, hi, unit, most = 4) {
  if (!(hi > lo)) [lo, hi] = lo === 0 ? [0, unit === "share" ? 0.01 : 1] : [Math.min(0, lo), Math.max(0, lo)];
  const scale = scaleOf(unit, Math.max(Math.abs(lo), Math.abs(hi)));
  const kilo = unit === "count" && Math.max(Math.abs(lo), Math.abs(hi)) >= 1e4;
  const over = kilo ? (hi >= 1e6 ? 1e6 : 1e3) : scale.over, after = kilo ? (hi >= 1e6 ? "M" : "k") : scale.after.replace(" %", "%");
  const raw = (hi - lo) / over / most, power = 10 ** Math.floor(Math.log10(raw));
  let step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw * (1 - 1e-9)) ?? 10 * power;
  if (unit === "count" && !kilo) step = Math.max(1, Math.ceil(step - 1e-9));
  let decimals = 0;
  while (decimals < 9 && Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6) decimals++;
  const first = Math.floor(lo / over / step + 1e-9), last = Math.max(first + 1, Math.ceil(hi / over / step - 1e-9)), ticks = [];
  for (let k = first; k <= last; k++) ticks.push({ at: k * step * over, label: write(k * step, { over: 1, before: scale.before, after }, decimals) });
  return { lo: ticks[0].at, hi: ticks.at(-1).at, ticks };
}

// The tip: what the pointer is over, or the keyboard is on.
const tip = $("#tip");
const showTip = (text, x, y) => {
  tip.textContent = text;
  tip.hidden = false;
  const w = tip.offsetWidth, h = tip.offsetHeight;
  tip.style.left = Math.max(4, Math.min(innerWidth - w - 4, x + 14)) + "px";
  tip.style.top = (y + h + 20 > innerHeight ? Math.max(4, y - h - 12) : y + 14) + "px";
};
const hideTip = () => { tip.hidden = true; };
const hover = (node, text) => {
  const say = (event) => showTip(typeof text === "function" ? text() : text, event.clientX, event.clientY);
  node.addEventListener("pointermove", say);
  node.addEventListener("pointerleave", hideTip);
};
addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });

// Every chart carries its data.
const quoted = (v) => { const s = v === null || v === undefined ? "" : String(v); return /[",\n]/.test(s) ? '"' + s.replaceAll('"', '""') + '"' : s; };
const csvText = (rows) => rows.map((row) => row.map(quoted).join(",")).join("\n") + "\n";
const csv = (name, rows) => {
  const link = el("a", { className: "csv", textContent: "CSV ↓", download: name + ".csv", href: "#", title: "Download the data of this figure", "aria-label": `Download ${name} as CSV` });
  const fill = () => {
    if (link.dataset.full) return;
    link.href = URL.createObjectURL(new Blob([csvText(rows())], { type: "text/csv" }));
    link.dataset.full = "1";
  };
  for (const event of ["pointerenter", "focus"]) link.addEventListener(event, fill);
  link.addEventListener("click", fill, true);
  return link;
};
const defined = (id, text) => el("a", { href: "#d-" + id, textContent: text, title: "Definition of " + id });
const head = (title, name, rows) => el("div", { className: "head" }, el("h3", {}, title), csv(name, rows));
const empty = (host, words) => host.append(el("p", { className: "empty", textContent: words }));
const choose = (label, options, start, change) => {
  const select = el("select");
  options.forEach(([value, text]) => select.append(el("option", { value, textContent: text, selected: value === start })));
  select.onchange = () => change(Number(select.value));
  return el("label", {}, label, select);
};
const sized = (box, draw) => {
  let width = box.clientWidth;
  new ResizeObserver(() => { if (Math.abs(box.clientWidth - width) > 1) { width = box.clientWidth; draw(); } }).observe(box);
};
// What is folded is drawn when it is opened.
const folded = (summary, build, open = false) => {
  const box = el("details", {}, el("summary", { textContent: summary }));
  const fill = () => { if (!box.dataset.full) { box.dataset.full = "1"; build(box); } };
  box.addEventListener("toggle", () => { if (box.open) fill(); });
  box.fill = fill;
  if (open) { box.open = true; fill(); }
  return box;
};

// A policy looks alike everywhere: a colour, and past the seventh another dash and another mark.
const MARKS = ["circle", "square", "diamond"];
const markOf = (p) => MARKS[Math.min(Math.floor(p / 7), MARKS.length - 1)];
function mark(p, x, y, r = 5) {
  const fill = `var(--p${p})`;
  switch (markOf(p)) {
    case "square": return svg("rect", { class: "mark", x: x - r * 0.9, y: y - r * 0.9, width: r * 1.8, height: r * 1.8, fill });
    case "diamond": return svg("path", { class: "mark", d: `M${x} ${y - r * 1.25}L${x + r * 1.25} ${y}L${x} ${y + r * 1.25}L${x - r * 1.25} ${y}Z`, fill });
    default: return svg("circle", { class: "mark", cx: x, cy: y, r, fill });
  }
}
// A piece of its line with its mark.
function swatch(p) {
  const g = svg("svg", { class: "line-swatch", viewBox: "0 0 26 12", "aria-hidden": "true" });
  const dash = D.policies[p].dash;
  g.append(svg("line", { x1: 0, x2: 26, y1: 6, y2: 6, stroke: `var(--p${p})`, "stroke-width": 2, ...(dash ? { "stroke-dasharray": `${dash} ${dash}` } : {}) }), mark(p, 13, 6, 4));
  return g;
}
const policyCell = (p) => ({ t: el("span", { className: "policy" }, swatch(p), D.policies[p].name), v: D.policies[p].name });
const known = (i) => D.summary.some((s) => s[i] && s[i][2] !== null);
