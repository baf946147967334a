"use strict";
(() => {
const D = JSON.parse(document.getElementById("data").textContent);
const $ = (s) => document.querySelector(s), root = document.documentElement;
const el = (tag, props = {}, ...kids) => { const e = Object.assign(document.createElement(tag), props); e.append(...kids); return e; };
const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const paint = (p) => css("--p" + p);
const redraws = [];

// Theme: the reader's choice, else the system's.
const system = matchMedia("(prefers-color-scheme: dark)");
const stored = () => { try { return localStorage.getItem("stowplan-theme"); } catch { return null; } };
const setTheme = (t) => { root.dataset.theme = t; redraws.forEach((f) => f()); };
setTheme(stored() || (system.matches ? "dark" : "light"));
system.addEventListener("change", () => { if (!stored()) setTheme(system.matches ? "dark" : "light"); });
// Paper is light.
let dark = false;
addEventListener("beforeprint", () => { dark = root.dataset.theme === "dark"; if (dark) setTheme("light"); });
addEventListener("afterprint", () => { if (dark) setTheme("dark"); });
$("#theme").onclick = () => { const t = root.dataset.theme === "dark" ? "light" : "dark"; try { localStorage.setItem("stowplan-theme", t); } catch { /* private */ } setTheme(t); };

// Numbers as the rest of stowplan shows them.
const group = (x, d) => x.toLocaleString("en-US", { minimumFractionDigits: d, maximumFractionDigits: d });
const show = (v, unit) => {
  if (v === null || v === undefined || Number.isNaN(v)) return "–";
  const cents = Math.abs(v) < 0.1 ? 4 : Math.abs(v) < 1000 ? 2 : 0;
  switch (unit) {
    case "share": return group(v * 100, 1) + " %";
    case "count": return group(v, Number.isInteger(v) || Math.abs(v) >= 10000 ? 0 : 1);
    case "s": return Math.abs(v) < 120 ? group(v, v % 1 ? 1 : 0) + " s" : Math.abs(v) < 7200 ? group(v / 60, 1) + " min" : group(v / 3600, 1) + " h";
    case "$/h": return "$" + group(v, cents) + "/h";
    case "$": return "$" + group(v, cents);
    default: return group(v, 2);
  }
};
const clock = (ms) => { const s = ms / 1000; return s < 120 ? group(s, s % 1 ? 1 : 0) + " s" : s < 7200 ? group(s / 60, 1) + " min" : s < 172800 ? group(s / 3600, 1) + " h" : group(s / 86400, 1) + " d"; };

const tip = $("#tip");
const showTip = (text, x, y) => {
  tip.textContent = text; tip.hidden = false;
  const w = tip.offsetWidth, h = tip.offsetHeight;
  tip.style.left = Math.max(4, Math.min(innerWidth - w - 4, x + 14)) + "px";
  tip.style.top = (y + h + 20 > innerHeight ? Math.max(4, y - h - 12) : y + 14) + "px";
};
const hideTip = () => { tip.hidden = true; };
const hover = (node, text) => { node.addEventListener("pointermove", (e) => showTip(text, e.clientX, e.clientY)); node.addEventListener("pointerleave", hideTip); };

// Every chart carries its data.
const csvText = (rows) => rows.map((r) => r.map((v) => { const s = v === null || v === undefined ? "" : String(v); return /[",\n]/.test(s) ? '"' + s.replaceAll('"', '""') + '"' : s; }).join(",")).join("\n") + "\n";
const csv = (name, rows) => {
  const a = el("a", { className: "csv", textContent: "CSV ↓", download: name + ".csv", href: "#", title: "Download the data of this figure" });
  const fill = () => { if (!a.dataset.full) { a.href = URL.createObjectURL(new Blob([csvText(rows())], { type: "text/csv" })); a.dataset.full = "1"; } };
  a.addEventListener("pointerenter", fill); a.addEventListener("focus", fill); a.addEventListener("click", fill, true);
  return a;
};
const defined = (id, text) => el("a", { href: "#d-" + id, textContent: text, title: "Definition of " + id });
const head = (title, name, rows) => el("div", { className: "head" }, el("h3", {}, title), csv(name, rows));
const empty = (host, words) => host.append(el("p", { className: "empty", textContent: words }));

// Tables that sort: rows are arrays of {t: text or node, v: value to sort by}.
function table(host, name, columns, rows, first) {
  const t = el("table"), tr = el("tr"), body = el("tbody");
  let by = null, up = true;
  const fill = () => body.replaceChildren(...rows.map((r) => r.tr));
  for (const r of rows) {
    r.tr = el("tr");
    r.cells.forEach((c, i) => {
      const td = el("td", { className: columns[i].n ? "n" : "" }, c.t ?? "–");
      if (c.w) { td.classList.add("bar"); td.style.setProperty("--w", c.w * 100 + "%"); }
      if (c.best) td.classList.add("best");
      if (c.tip) hover(td, c.tip);
      r.tr.append(td);
    });
  }
  columns.forEach((c, i) => {
    const b = el("button", { type: "button", textContent: c.t }), th = el("th", { className: c.n ? "n" : "" }, b);
    th.setAttribute("aria-sort", "none");
    b.onclick = () => {
      up = by === i ? !up : true; by = i;
      for (const o of tr.children) o.setAttribute("aria-sort", "none");
      th.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (r) => r.cells[i].v ?? r.cells[i].t;
      rows.sort((a, b) => {
        const x = key(a), y = key(b);
        if (x === y) return 0;
        if (x === null || x === undefined) return 1;
        if (y === null || y === undefined) return -1;
        return (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en")) * (up ? 1 : -1);
      });
      fill();
    };
    tr.append(th);
  });
  t.append(el("thead", {}, tr), body); fill();
  const raw = () => [columns.map((c) => c.t), ...rows.map((r) => r.cells.map((c) => (c.v !== undefined ? c.v : c.t)))];
  host.append(el("div", { className: "head" }, first || "", csv(name, raw)), el("div", { className: "scroll" }, t));
}
const policyCell = (p) => { const s = el("span", { className: "swatch" }); s.style.setProperty("--c", `var(--p${p})`); return { t: el("span", {}, s, D.policies[p].name), v: D.policies[p].name }; };

const NS = "http://www.w3.org/2000/svg";
const svg = (tag, attrs = {}, text) => { const e = document.createElementNS(NS, tag); for (const k in attrs) e.setAttribute(k, attrs[k]); if (text !== undefined) e.textContent = text; return e; };
const ticks = (lo, hi, n = 4) => {
  const raw = (hi - lo) / n || 1, mag = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].map((m) => m * mag).find((s) => s >= raw);
  const out = []; for (let v = Math.ceil(lo / step - 1e-9) * step; v <= hi + step * 1e-9; v += step) out.push(Math.abs(v) < step * 1e-9 ? 0 : v);
  return out;
};
const brief = (v) => Math.abs(v) >= 1e6 ? group(v / 1e6, v % 1e6 ? 1 : 0) + "M" : Math.abs(v) >= 1e4 ? group(v / 1e3, v % 1e3 ? 1 : 0) + "k" : group(v, v % 1 ? (Math.abs(v) < 0.1 ? 3 : 1) : 0);
const short = (v, unit) => unit === "share" ? group(v * 100, Math.abs(v) < 0.02 && v ? 1 : 0) + "%" : unit === "$/h" || unit === "$" ? "$" + group(v, v % 1 ? (Math.abs(v) < 0.1 ? 4 : 2) : 0) : brief(v);
const cut = (s, n) => (s.length > n ? s.slice(0, Math.ceil(n / 2)) + "…" + s.slice(-Math.floor(n / 2) + 1) : s);

// Means with intervals, one panel a figure.
function dots(host) {
  const ids = host.dataset.ids.split(" ");
  const found = D.metrics.map((m, i) => [m, i]).filter(([m, i]) => ids.includes(m.id) && D.summary.some((s) => s[i] && s[i][2] !== null));
  const flat = ([, i]) => new Set(D.summary.filter((s) => s[i]).map((s) => s[i][2])).size === 1 && D.policies.length > 1;
  const same = found.filter(flat);
  for (const [m, i] of found.filter((f) => !flat(f))) {
    const rows = D.summary.map((s, p) => ({ p, s: s[i] })).filter((r) => r.s && r.s[2] !== null);
    const lo = Math.min(0, ...rows.map((r) => r.s[3] ?? r.s[2])), hi = Math.max(...rows.map((r) => r.s[4] ?? r.s[2])) || 1;
    const W = 330, H = rows.length * 22 + 26, left = Math.min(158, 14 + 6.9 * Math.max(...rows.map((r) => D.policies[r.p].name.length))), x = (v) => left + ((v - lo) / (hi - lo || 1)) * (W - left - 18);
    const g = svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": m.title });
    for (const t of ticks(lo, hi, 3)) { g.append(svg("line", { class: "grid", x1: x(t), x2: x(t), y1: 2, y2: H - 20 }), svg("text", { class: "axis", x: x(t), y: H - 6, "text-anchor": "middle" }, short(t, m.unit))); }
    rows.forEach((r, k) => {
      const y = 14 + k * 22, row = svg("g"), c = `var(--p${r.p})`;
      row.append(svg("rect", { x: 0, y: y - 11, width: W, height: 22, fill: "transparent" }), svg("text", { x: 0, y: y + 4 }, cut(D.policies[r.p].name, 21)));
      if (r.s[3] !== null) row.append(svg("line", { x1: x(r.s[3]), x2: x(r.s[4]), y1: y, y2: y, stroke: c, "stroke-width": 3, "stroke-linecap": "round", opacity: 0.45 }));
      row.append(svg("circle", { cx: x(r.s[2]), cy: y, r: 4.5, fill: c }));
      hover(row, `${D.policies[r.p].name}\n${m.title}: ${show(r.s[2], m.unit)}` + (r.s[3] !== null ? `\n95 %: ${show(r.s[3], m.unit)} to ${show(r.s[4], m.unit)}` : "") + `\n${r.s[0]} seeds`);
      g.append(row);
    });
    const raw = () => [["policy", "n", "mean", "low", "high"], ...rows.map((r) => [D.policies[r.p].name, r.s[0], r.s[2], r.s[3], r.s[4]])];
    host.append(el("div", { className: "chart" }, head(defined(m.id, m.title), m.column, raw), g));
  }
  if (same.length) { const p = el("p", { className: "muted" }, "The same under every policy: "); same.forEach(([m, i], k) => p.append(k ? "; " : "", defined(m.id, m.title), " " + show(D.summary.find((s) => s[i])[i][2], m.unit))); host.after(p); }
  if (!found.length) empty(host, "Not defined for this experiment.");
}

const STEPS = [0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000, 2592000, 8640000];
function lines(host, quantities, time) {
  for (const q of quantities) {
    const have = q.policies.map((c, p) => [p, c]).filter(([, c]) => c[0].length > 1);
    if (!have.length || have.every(([, c]) => c[3].every((v) => v === 0))) continue;
    const box = el("div", { className: "chart" }), plot = el("div");
    const rows = () => [["policy", time ? "time_s" : "offered_share", "mean", "min", "max"], ...have.flatMap(([p, c]) => c[0].map((t, i) => [D.policies[p].name, t, c[1][i], c[2][i], c[3][i]]))];
    const same = have.length > 1 && have.every(([, c]) => c[1].length === have[0][1][1].length && c[1].every((v, i) => v === have[0][1][1][i]));
    box.append(head(!time ? defined("M27", q.title) : q.unit === "share" ? defined("M1", q.title) : q.title === "instances in use" ? defined("M5", q.title) : q.title, q.title.replaceAll(" ", "-"), rows), plot);
    if (same) box.querySelector("h3").append(el("small", {}, " – the same under every policy"));
    host.append(box);
    const drawn = same ? have.slice(0, 1) : have, name = (p) => same ? "every policy" : D.policies[p].name;
    const data = uPlot.join(drawn.map(([, c]) => [c[0], c[1]]));
    const span = Math.max(...data[0]), unit = span < 120 ? [" s", 1] : span < 7200 ? [" min", 60] : span < 345600 ? [" h", 3600] : [" d", 86400];
    // Values at the pointer, the highest first, as the lines lie.
    const say = (u) => {
      if (!plot.matches(":hover")) return;
      const i = u.cursor.idx;
      if (i === null || i === undefined || u.cursor.left < 0) return hideTip();
      const said = drawn.map(([p], k) => [name(p), u.data[k + 1][i]]).filter(([, v]) => v !== null && v !== undefined).sort((a, b) => b[1] - a[1]);
      const at = u.over.getBoundingClientRect(), x = u.data[0][i];
      showTip([time ? clock(x * 1000) : "offered " + show(x, "share"), ...said.slice(0, 16).map(([n, v]) => n + ": " + show(v, q.unit))].join("\n"), at.left + u.cursor.left, at.top + u.cursor.top);
    };
    plot.addEventListener("pointerleave", hideTip);
    let u = null;
    const draw = () => {
      const width = Math.max(240, box.clientWidth), wide = css("--ink"), line = css("--line");
      if (u) u.destroy();
      const axis = { stroke: wide, grid: { stroke: line, width: 1 }, ticks: { stroke: line }, font: "11px system-ui, sans-serif" };
      u = new uPlot({
        width, height: 230, legend: { show: false }, hooks: { setCursor: [say] }, cursor: { sync: { key: host.id } }, scales: { x: { time: false }, y: { range: (_, lo, hi) => q.unit === "share" ? [0, Math.max(hi * 1.05, 0.05)] : [0, hi * 1.08 || 1] } },
        axes: [time ? { ...axis, values: (_, v) => v.map((s) => group(s / unit[1], (v[1] - v[0]) % unit[1] ? 1 : 0) + unit[0]), incrs: STEPS, space: 60 } : { ...axis, values: (_, v) => v.map((s) => group(s * 100, 0) + "%"), space: 44 }, { ...axis, size: 58, values: (_, v) => v.map((y) => short(y, q.unit)) }],
        series: [time ? { label: "time", value: (_, v) => (v === null ? "–" : clock(v * 1000)) } : { label: "offered", value: (_, v) => show(v, "share") }, ...drawn.map(([p]) => ({ label: name(p), stroke: same ? wide : paint(p), width: 1.75, dash: !same && D.policies[p].dash ? [D.policies[p].dash * 1.5, D.policies[p].dash] : undefined, points: { show: false }, spanGaps: true, value: (_, v) => show(v, q.unit) }))],
      }, data, plot);
    };
    draw(); redraws.push(draw); sized(box, draw);
  }
  if (!host.children.length) empty(host, time ? "This experiment has no time: everything happens at one moment." : "Not defined for this experiment.");
}
const sized = (box, draw) => { let w = box.clientWidth; new ResizeObserver(() => { if (Math.abs(box.clientWidth - w) > 1) { w = box.clientWidth; draw(); } }).observe(box); };

const known = (i) => D.summary.some((s) => s[i] && s[i][2] !== null);
const choose = (label, options, start, change) => { const s = el("select"); options.forEach(([v, t]) => s.append(el("option", { value: v, textContent: t, selected: v === start }))); s.onchange = () => change(Number(s.value)); return el("label", {}, label, s); };
const SHIFTS = Array.from({ length: 25 }, (_, i) => (i % 2 ? 1 : -1) * Math.ceil(i / 2));
function scatter() {
  const host = $("#scatter"), ranked = D.metrics.map((m, i) => i).filter((i) => D.metrics[i].better && known(i));
  if (!ranked.length) return empty(host, "No figure ranks here.");
  const varies = (i) => new Set(D.summary.filter((s) => s[i]).map((s) => s[i][2])).size > 1;
  const pick = (...names) => { const of = names.map((n) => D.metrics.findIndex((m) => m.column === n)).filter((i) => i >= 0 && known(i)); return of.find(varies) ?? of[0] ?? ranked[0]; };
  let xi = pick("packing_time_mean", "instances_in_use_peak", "instances_in_use_snapshot"), yi = pick("blast_radius_instance_mean", "excess_zone_skew_worst", "instance_skew_worst");
  const plot = el("div"), options = ranked.map((i) => [i, D.metrics[i].title]);
  const rows = () => [["policy", D.metrics[xi].column, D.metrics[yi].column], ...D.policies.map((p, k) => [p.name, D.summary[k][xi]?.[2], D.summary[k][yi]?.[2]])];
  const link = csv("packing-spread", rows), note = el("p", { className: "muted" });
  const draw = () => {
    delete link.dataset.full;
    const X = D.metrics[xi], Y = D.metrics[yi], pts = D.policies.map((p, k) => ({ k, x: D.summary[k][xi], y: D.summary[k][yi] })).filter((p) => p.x && p.y && p.x[2] !== null && p.y[2] !== null);
    const W = Math.max(280, Math.min(host.clientWidth, 900)), H = Math.max(280, Math.min(W * 0.5, 400)), L = 58, B = 44, T = 14, R = 24;
    const range = (i) => { let lo = Math.min(...pts.map((p) => p[i][3] ?? p[i][2])), hi = Math.max(...pts.map((p) => p[i][4] ?? p[i][2])); const pad = (hi - lo) * 0.12 || Math.abs(hi) * 0.1 || 1; return [lo >= 0 ? Math.max(0, lo - pad) : lo - pad, hi + pad]; };
    const [x0, x1] = range("x"), [y0, y1] = range("y"), px = (v) => L + ((v - x0) / (x1 - x0)) * (W - L - R), py = (v) => H - B - ((v - y0) / (y1 - y0)) * (H - B - T);
    const g = svg("svg", { style: `max-width:${W}px`, viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${Y.title} against ${X.title}` });
    for (const t of ticks(x0, x1, W < 500 ? 3 : 6)) g.append(svg("line", { class: "grid", x1: px(t), x2: px(t), y1: T, y2: H - B }), svg("text", { class: "axis", x: px(t), y: H - B + 16, "text-anchor": "middle" }, short(t, X.unit)));
    for (const t of ticks(y0, y1)) g.append(svg("line", { class: "grid", x1: L, x2: W - R, y1: py(t), y2: py(t) }), svg("text", { class: "axis", x: L - 7, y: py(t) + 4, "text-anchor": "end" }, short(t, Y.unit)));
    const arrow = (m) => (m.better < 0 ? "less is better" : "more is better");
    g.append(svg("text", { class: "axis", x: W - R, y: H - 8, "text-anchor": "end" }, `${X.title} (${arrow(X)}) →`), svg("text", { class: "axis", x: 0, y: 9 }, ""));
    const better = (a, b) => { const dx = (a.x[2] - b.x[2]) * X.better, dy = (a.y[2] - b.y[2]) * Y.better; return dx >= 0 && dy >= 0 && (dx > 0 || dy > 0); };
    const front = pts.filter((p) => !pts.some((o) => better(o, p))).sort((a, b) => a.x[2] - b.x[2] || a.y[2] - b.y[2]);
    if (front.length > 1) g.append(svg("polyline", { points: front.map((p) => `${px(p.x[2])},${py(p.y[2])}`).join(" "), fill: "none", stroke: css("--muted"), "stroke-dasharray": "4 4" }));
    const placed = [], dots = pts.map((p) => [px(p.x[2]), py(p.y[2])]);
    const isFree = (x, y, w) => y >= T + 8 && y <= H - B - 4 && x >= 0 && x + w <= W
      && !placed.some((b) => Math.abs(b.y - y) < 14 && x < b.x + b.w && b.x < x + w) && !dots.some(([a, b]) => a > x - 7 && a < x + w + 7 && b > y - 15 && b < y + 8);
    for (const p of [...pts].sort((a, b) => a.y[2] - b.y[2])) {
      const c = `var(--p${p.k})`, cx = px(p.x[2]), cy = py(p.y[2]), node = svg("g");
      if (p.x[3] !== null) node.append(svg("line", { x1: px(p.x[3]), x2: px(p.x[4]), y1: cy, y2: cy, stroke: c, opacity: 0.5 }));
      if (p.y[3] !== null) node.append(svg("line", { x1: cx, x2: cx, y1: py(p.y[3]), y2: py(p.y[4]), stroke: c, opacity: 0.5 }));
      node.append(svg("circle", { cx, cy, r: 14, fill: "transparent" }), svg("circle", { cx, cy, r: 6, fill: c, stroke: "var(--bg)", "stroke-width": 1.5 }));
      hover(node, `${D.policies[p.k].name}\n${X.title}: ${show(p.x[2], X.unit)}\n${Y.title}: ${show(p.y[2], Y.unit)}` + (front.includes(p) ? "\non the Pareto front" : ""));
      // Names lie beside their dots, on no other name and on no dot; one that had to move away has a line to its dot.
      const name = cut(D.policies[p.k].name, 24), w = name.length * 7.2;
      const spots = SHIFTS.flatMap((s) => [true, false].map((right) => ({ right, x: right ? cx + 10 : cx - 10 - w, y: cy - 8 + 14 * s })));
      const { right, x, y } = spots.find((s) => isFree(s.x, s.y, w)) ?? spots[0];
      placed.push({ x, y, w });
      if (Math.abs(y - cy + 8) > 13) node.prepend(svg("line", { x1: cx, y1: cy, x2: right ? x - 2 : x + w + 2, y2: y - 4, stroke: css("--muted"), opacity: 0.6 }));
      node.append(svg("text", { x: right ? x : x + w, y, "text-anchor": right ? "start" : "end" }, name)); g.append(node);
    }
    plot.replaceChildren(el("p", { className: "muted", style: "margin:0 0 4px;font-size:12px", textContent: `↑ ${Y.title} (${arrow(Y)})` }), g);
    note.replaceChildren(`Dashed: the Pareto front, policies that no other beats in both figures (${front.map((p) => D.policies[p.k].name).join(", ")}). Definitions: `, defined(X.id, X.title), ", ", defined(Y.id, Y.title), ".");
  };
  host.append(el("div", { className: "controls" }, choose("across", options, xi, (v) => { xi = v; draw(); }), choose("up", options, yi, (v) => { yi = v; draw(); }), link), plot, note);
  draw(); redraws.push(draw); sized(host, draw);
}

// The fleet: every instance a stacked bar, zones below each other.
const HUES = { light: ["#4269d0", "#efb118", "#ff725c", "#3ca951", "#a463f2", "#38b2c5", "#ff8ab7", "#9c6b4e", "#7f9f3f", "#b5577f"], dark: ["#6f8fe8", "#efb118", "#ff806b", "#4fbd64", "#b685f5", "#5cc6d6", "#ff9dc3", "#b98563", "#a3c45c", "#d27ba2"] };
function fleet() {
  const host = $("#fleet-view"), films = D.policies.map((p, k) => k).filter((k) => D.policies[k].film);
  if (!films.length) return empty(host, "The fleet is too large to draw every instance, or no run of seed 1 is there.");
  let k = films[0], at = 0, r = 0, boxes = [];
  const canvas = el("canvas", { className: "fleet", tabIndex: 0 }), wrap = el("div", {}, canvas), when = el("output", { id: "when" }), legend = el("div", { className: "legend" });
  const slider = el("input", { type: "range", id: "slider", min: 0, step: 1 });
  const cache = new Map();
  const parse = (k, i) => {
    const key = k + "/" + i; if (cache.has(key)) return cache.get(key);
    const seen = new Map(), frame = D.policies[k].film.frames[i][1].split(";").map((s) => {
      if (s === "x") return null;
      let v = seen.get(s); if (!v) { v = s ? s.split(",").map((t) => { const [kind, n] = t.split("*"); return [Number(kind), Number(n || 1)]; }) : []; seen.set(s, v); }
      return v;
    });
    if (cache.size > 40) cache.clear(); cache.set(key, frame); return frame;
  };
  const looks = new Map();
  const colours = (k) => {
    if (looks.has(k)) return looks.get(k);
    const f = D.policies[k].film, weight = new Map();
    for (const s of parse(k, f.frames.length >> 1)) for (const [kind, n] of s || []) weight.set(f.kinds[kind][0], (weight.get(f.kinds[kind][0]) || 0) + n * f.kinds[kind][1]);
    for (const kind of f.kinds) if (!weight.has(kind[0])) weight.set(kind[0], 0);
    const look = new Map([...weight].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([g], i) => [g, i])); looks.set(k, look); return look;
  };
  const draw = () => {
    const film = D.policies[k].film, frame = parse(k, at), look = colours(k), hue = HUES[root.dataset.theme], dpr = Math.min(devicePixelRatio || 1, 2);
    const W = Math.max(240, wrap.clientWidth), n = film.instances.length, zones = D.zones.map(() => []);
    film.instances.forEach((inst, i) => { if (i < frame.length) (zones[inst[0]] ||= []).push(i); });
    const largest = Math.max(1, ...zones.map((z) => z.length)), pitch = n <= 60 ? Math.max(12, Math.min(60, W / largest)) : n <= 400 ? 12 : n <= 2000 ? 7 : n <= 5000 ? 5 : 3, gap = pitch >= 7 ? 2 : pitch >= 4 ? 1 : 0.5, h = n <= 60 ? 110 : n <= 400 ? 72 : n <= 2000 ? 46 : 30, per = Math.floor(W / pitch);
    const H = zones.reduce((s, z) => s + (z.length ? 24 + Math.ceil(z.length / per) * (h + 4) + 8 : 0), 0);
    canvas.width = W * dpr; canvas.height = H * dpr; canvas.style.height = H + "px";
    const c = canvas.getContext("2d"); c.scale(dpr, dpr);
    const free = css("--free"), hatch = css("--hatch"), ink = css("--ink"), muted = css("--muted");
    const tile = document.createElement("canvas"); tile.width = tile.height = 6; const tc = tile.getContext("2d"); tc.fillStyle = free; tc.fillRect(0, 0, 6, 6); tc.strokeStyle = hatch; tc.lineWidth = 1.6; tc.beginPath(); for (const o of [-6, 0, 6]) { tc.moveTo(o, 6); tc.lineTo(o + 6, 0); } tc.stroke();
    const stranded = c.createPattern(tile, "repeat"), shapes = film.kinds;
    boxes = []; let y = 0, used = 0, up = 0, sums = [0, 0], caps = [0, 0];
    zones.forEach((z, zi) => {
      if (!z.length) return;
      const busy = z.filter((i) => frame[i] && frame[i].length).length;
      c.fillStyle = ink; c.font = "600 13px system-ui, sans-serif"; c.fillText(D.zones[zi], 0, y + 14);
      const off = c.measureText(D.zones[zi]).width + 10; c.fillStyle = muted; c.font = "12px system-ui, sans-serif"; c.fillText(`${group(busy, 0)} of ${group(z.length, 0)} in use`, off, y + 14); y += 24;
      z.forEach((i, j) => {
        const x = (j % per) * pitch, top = y + Math.floor(j / per) * (h + 4), w = pitch - gap, inst = film.instances[i], stack = frame[i];
        boxes.push([x, top, pitch, h, i]);
        if (!stack) { c.strokeStyle = muted; c.lineWidth = 0.75; c.strokeRect(x + 0.5, top + 0.5, Math.max(w - 1, 0.5), h - 1); c.beginPath(); c.moveTo(x, top + h); c.lineTo(x + w, top); c.stroke(); return; }
        up++; const taken = [0, 0]; for (const [kind, m] of stack) { taken[0] += m * shapes[kind][1]; taken[1] += m * shapes[kind][2]; }
        for (const q of [0, 1]) { sums[q] += taken[q]; caps[q] += inst[1 + q]; }
        if (stack.length) used++;
        const rest = [inst[1] - taken[0], inst[2] - taken[1]], dead = stack.length > 0 && !shapes.some((s) => s[1] <= rest[0] && s[2] <= rest[1]);
        c.fillStyle = dead ? stranded : free; c.fillRect(x, top, w, h);
        let base = top + h;
        for (const [kind, m] of stack) { const part = (m * shapes[kind][1 + r] / (inst[1 + r] || 1)) * h, g = look.get(shapes[kind][0]); c.fillStyle = g < hue.length ? hue[g] : muted; c.fillRect(x, base - part, w, Math.max(part - (n <= 400 && part > 3 ? 0.75 : 0), 0.5)); base -= part; }
      });
      y += Math.ceil(z.length / per) * (h + 4) + 8;
    });
    const share = (q) => (caps[q] ? group((sums[q] / caps[q]) * 100, 1) + " %" : "–");
    when.textContent = `${clock(film.frames[at][0])} · ${group(used, 0)} of ${group(up, 0)} instances in use · cpu ${share(0)} · memory ${share(1)}`;
    canvas.setAttribute("aria-label", when.textContent);
    legend.replaceChildren(...[...look].slice(0, hue.length).map(([g, i]) => { const s = el("span", { className: "swatch" }); s.style.setProperty("--c", hue[i]); return el("span", { title: g }, s, cut(g, 32)); }), ...(look.size > hue.length ? [el("span", {}, Object.assign(el("span", { className: "swatch" }), { style: "--c:var(--muted)" }), `${look.size - hue.length} other groups`)] : []), el("span", {}, Object.assign(el("span", { className: "swatch" }), { style: "--c:var(--free)" }), "remaining"), el("span", {}, el("span", { className: "swatch hatch" }), "remaining, stranded"));
  };
  const named = (film, i) => film.names[i] ?? `instance ${i}`;
  canvas.addEventListener("pointermove", (e) => {
    const b = canvas.getBoundingClientRect(), x = e.clientX - b.left, y = e.clientY - b.top, hit = boxes.find((q) => x >= q[0] && x < q[0] + q[2] && y >= q[1] && y < q[1] + q[3] + 4);
    if (!hit) return hideTip();
    const film = D.policies[k].film, i = hit[4], inst = film.instances[i], stack = parse(k, at)[i];
    if (!stack) return showTip(`${named(film, i)}, ${D.zones[inst[0]]}\nlost`, e.clientX, e.clientY);
    const by = new Map(), t = [0, 0]; for (const [kind, m] of stack) { const [g, c, mem] = film.kinds[kind]; by.set(g, (by.get(g) || 0) + m); t[0] += m * c; t[1] += m * mem; }
    const list = [...by].sort((a, b) => b[1] - a[1]), shown = list.slice(0, 8).map(([g, m]) => `${m} × ${g}`);
    showTip([`${named(film, i)}, ${D.zones[inst[0]]}`, `cpu ${group(t[0], 0)} of ${group(inst[1], 0)} units`, `memory ${group(t[1], 0)} of ${group(inst[2], 0)} MiB`, ...shown, ...(list.length > 8 ? [`and ${list.length - 8} more groups`] : [])].join("\n"), e.clientX, e.clientY);
  });
  canvas.addEventListener("pointerleave", hideTip);
  const reset = (now) => { const f = D.policies[k].film.frames; slider.max = f.length - 1; let best = f.length - 1; if (now === undefined) { const s = f.findIndex((x) => x[0] === D.policies[k].snapshot_ms); if (s >= 0) best = s; } else f.forEach((x, i) => { if (Math.abs(x[0] - now) < Math.abs(f[best][0] - now)) best = i; }); at = best; slider.value = at; slider.closest("label").hidden = f.length < 2; };
  const rows = () => { const film = D.policies[k].film; return [["instance", "zone", "cpu", "memory_mib", "cpu_reserved", "memory_mib_reserved", "tasks"], ...parse(k, at).map((s, i) => { const t = [0, 0, 0]; for (const [kind, m] of s || []) { t[0] += m * film.kinds[kind][1]; t[1] += m * film.kinds[kind][2]; t[2] += m; } return [film.names[i] ?? i, D.zones[film.instances[i][0]], film.instances[i][1], film.instances[i][2], ...t]; })]; };
  const link = csv("fleet", rows), fresh = () => { delete link.dataset.full; draw(); };
  slider.oninput = () => { at = Number(slider.value); fresh(); };
  host.append(el("div", { className: "controls" },
    choose("policy", films.map((i) => [i, D.policies[i].name]), k, (v) => { const now = D.policies[k].film.frames[at][0]; k = v; reset(now); fresh(); }),
    choose("bars show", [[0, "cpu"], [1, "memory"]], 0, (v) => { r = v; fresh(); }), el("label", {}, "time", slider), link),
    el("p", { className: "muted" }, `Seed ${D.policies[k].film.seed}: `, when, " (", defined("fleet", "how to read it"), ")"), wrap, legend);
  reset(); draw(); redraws.push(draw); sized(wrap, draw);
}

function tables() {
  const seeds = D.summary.map((s) => Math.max(1, ...s.map((x) => x[0] + x[1])));
  const most = Math.max(1, ...D.failures.map((f) => f.refused / seeds[f.policy]));
  const f = $("#failure-table");
  if (!D.failures.length) empty(f, "No task was refused.");
  else table(f, "failures", [{ t: "policy" }, { t: "group" }, { t: "reason" }, { t: "tasks refused a run", n: 1 }, { t: "never placed a run", n: 1 }, { t: "failed attempts a run", n: 1 }], D.failures.map((x) => { const r = x.refused / seeds[x.policy], v = x.never / seeds[x.policy], a = x.attempts / seeds[x.policy]; return { cells: [policyCell(x.policy), { t: x.group }, { t: x.reason, w: r / most }, { t: show(r, "count"), v: r }, { t: show(v, "count"), v }, { t: show(a, "count"), v: a }] }; }), defined("M22", "Means over seeds"));
  if (D.services.length) table($("#services"), "services", [{ t: "policy" }, { t: "group" }, ...["tasks", "zone skew", "excess zone skew", "instance skew", "blast radius, instance", "blast radius, zone"].map((t) => ({ t, n: 1 }))], D.services.map((x) => ({ cells: [policyCell(x.policy), { t: x.group }, ...x.values.map((v, i) => ({ t: show(v, i < 4 ? "count" : "share"), v }))] })), "By group, at the snapshot");
  const at = D.metrics.map((m, i) => i).filter(known);
  table($("#figures"), "figures", [{ t: "id" }, { t: "figure" }, ...D.policies.map((p) => ({ t: p.name, n: 1 }))], at.map((i) => {
    const m = D.metrics[i], means = D.summary.map((s) => s[i]?.[2]).filter((v) => v !== null && v !== undefined), best = m.better > 0 ? Math.max(...means) : Math.min(...means), differ = m.better && new Set(means).size > 1;
    return { cells: [{ t: defined(m.id, m.id), v: m.id[0] + m.id.slice(1).padStart(3, "0") }, { t: defined(m.id, m.title), v: m.title }, ...D.policies.map((p, k) => { const s = D.summary[k][i]; return s ? { t: show(s[2], m.unit), v: s[2], best: differ && s[2] === best, tip: `${p.name}\n${m.title}` + (s[3] !== null ? `\n95 %: ${show(s[3], m.unit)} to ${show(s[4], m.unit)}` : "") + `\nfrom ${show(s[5], m.unit)} to ${show(s[6], m.unit)}\n${s[0]} seeds` + (s[1] ? `, ${s[1]} without a value` : "") } : { t: "–", v: null }; })] };
  }), "Bold: the best mean, which need not be told apart");
  const host = $("#comparison"), place = new Map(D.policies.map((p, i) => [p.name, i])), by = new Map(D.metrics.map((m) => [m.column, m]));
  if (!D.comparisons.length) empty(host, "There is no other policy to compare with.");
  else table(host, "comparison", [{ t: "policy" }, { t: "figure" }, { t: "difference", n: 1 }, { t: "95 % interval", n: 1 }, { t: "won / tied / lost", n: 1 }, { t: "seeds", n: 1 }, { t: "verdict" }], D.comparisons.filter((c) => by.get(c.metric).headline || c.metric === D.primary).map((c) => { const m = by.get(c.metric); return { cells: [policyCell(place.get(c.policy)), { t: defined(m.id, m.title), v: m.title }, { t: show(c.mean, m.unit), v: c.mean }, { t: c.low === null ? "–" : `${show(c.low, m.unit)} to ${show(c.high, m.unit)}`, v: c.low, tip: c.method === "bca" ? "BCa bootstrap" : c.method === "t" ? "paired t" : "" }, { t: c.tally ? `${c.tally.wins} / ${c.tally.ties} / ${c.tally.losses}` : "–", v: c.tally?.wins ?? null }, { t: String(c.n) + (c.unpaired ? ` (${c.unpaired} unpaired)` : ""), v: c.n }, { t: c.words }] }; }), el("span", {}, `Policy less ${D.baseline}, seed by seed; shares differ in points (`, defined("interval", "how"), ")"));
}

D.policies.forEach((p, i) => $("#legend").append(el("span", { title: [p.strategy, ...p.constraints].join(", ") }, Object.assign(el("span", { className: "swatch" }), { style: `--c:var(--p${i})` }), p.name)));
lines($("#time-charts"), D.quantities, true); lines($("#saturation-charts"), D.saturation, false); scatter(); fleet(); document.querySelectorAll(".dots").forEach(dots); tables();
root.dataset.ready = "1";
})();
