// One figure against another: every policy with its intervals, its name beside it, and the Pareto front where there is one.
const SHIFTS = Array.from({ length: 25 }, (_, i) => (i % 2 ? 1 : -1) * Math.ceil(i / 2));
function scatter() {
  const host = $("#scatter"), ranked = D.metrics.map((m, i) => i).filter((i) => D.metrics[i].better && known(i));
  if (D.policies.length < 2) return $("#tradeoff").remove();
  if (!ranked.length) return empty(host, "No figure ranks here.");
  const varies = (i) => new Set(D.summary.filter((s) => s[i]).map((s) => s[i][2])).size > 1;
  const pick = (...names) => { const of = names.map((n) => D.metrics.findIndex((m) => m.column === n)).filter((i) => i >= 0 && known(i)); return of.find(varies) ?? of[0] ?? ranked[0]; };
  let xi = pick("packing_time_mean", "instances_in_use_peak", "instances_in_use_snapshot"), yi = pick("blast_radius_instance_mean", "excess_zone_skew_worst", "instance_skew_worst");
  const plot = el("div"), options = ranked.map((i) => [i, D.metrics[i].title]);
  const rows = () => [["policy", D.metrics[xi].column, D.metrics[yi].column], ...D.policies.map((p, k) => [p.name, D.summary[k][xi]?.[2], D.summary[k][yi]?.[2]])];
  const link = csv("packing-spread", rows), note = el("p", { className: "muted" });
  const draw = () => {
    delete link.dataset.full;
    const X = D.metrics[xi], Y = D.metrics[yi];
    const points = D.policies.map((p, k) => ({ k, x: D.summary[k][xi], y: D.summary[k][yi] })).filter((p) => p.x && p.y && p.x[2] !== null && p.y[2] !== null);
    if (!points.length) return plot.replaceChildren(el("p", { className: "empty", textContent: "No policy has both figures." })), note.replaceChildren();
    plot.replaceChildren(el("p", { className: "muted up", textContent: `↑ ${Y.title} (${arrow(Y)})` }), scatterPlot(host, X, Y, points));
    note.replaceChildren(frontInWords(points, X, Y), " Definitions: ", defined(X.id, X.title), ", ", defined(Y.id, Y.title), ".");
  };
  host.append(el("div", { className: "controls" }, choose("across", options, xi, (v) => { xi = v; draw(); }), choose("up", options, yi, (v) => { yi = v; draw(); }), link), plot, note);
  draw();
  redraws.push(draw);
  sized(host, draw);
}
const arrow = (m) => (m.better < 0 ? "less is better" : "more is better");
// The policies that no other beats: better in one figure and not worse in the other.
function frontOf(points, X, Y) {
  const beats = (a, b) => { const dx = (a.x[2] - b.x[2]) * X.better, dy = (a.y[2] - b.y[2]) * Y.better; return dx >= 0 && dy >= 0 && (dx > 0 || dy > 0); };
  return points.filter((p) => !points.some((o) => beats(o, p))).sort((a, b) => a.x[2] - b.x[2] || a.y[2] - b.y[2]);
}
// A front is one where two policies of it differ: what one gains in one figure it gives in the other.
const isFront = (front) => front.length > 1 && front.some((p) => p.x[2] !== front[0].x[2] || p.y[2] !== front[0].y[2]);
function frontInWords(points, X, Y) {
  if (X === Y) return "Choose two different figures.";
  const front = frontOf(points, X, Y), names = front.map((p) => D.policies[p.k].name).join(", ");
  if (isFront(front)) return `Dashed: the Pareto front, policies that no other beats in both figures (${names}).`;
  if (front.length === points.length) return "All policies are the same in both figures.";
  return front.length > 1 ? `${names} are the same, and no other policy is better in either figure.` : `No Pareto front: no other policy is better than ${names} in either figure.`;
}
function scatterPlot(host, X, Y, points) {
  const W = Math.max(280, Math.min(host.clientWidth, 900)), H = Math.max(280, Math.min(W * 0.5, 400)), L = 58, B = 44, T = 14, R = 24;
  const spread = (i) => {
    const lo = Math.min(...points.map((p) => p[i][3] ?? p[i][2])), hi = Math.max(...points.map((p) => p[i][4] ?? p[i][2])), pad = (hi - lo) * 0.08 || Math.abs(hi) * 0.1 || 1;
    return [lo >= 0 ? Math.max(0, lo - pad) : lo - pad, hi + pad];
  };
  const ax = axisOf(...spread("x"), X.unit, W < 500 ? 3 : 6), ay = axisOf(...spread("y"), Y.unit, 5);
  const px = (v) => L + ((v - ax.lo) / (ax.hi - ax.lo)) * (W - L - R), py = (v) => H - B - ((v - ay.lo) / (ay.hi - ay.lo)) * (H - B - T);
  const said = points.map((p) => `${D.policies[p.k].name} ${show(p.x[2], X.unit)}, ${show(p.y[2], Y.unit)}`).join("; ");
  const g = svg("svg", { style: `max-width:${W}px`, viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${X.title} and ${Y.title}: ${said}` });
  for (const t of ax.ticks) g.append(svg("line", { class: "grid", x1: px(t.at), x2: px(t.at), y1: T, y2: H - B }));
  for (const t of spaced(ax.ticks, px)) g.append(svg("text", { class: "axis", x: px(t.at), y: H - B + 16, "text-anchor": "middle" }, t.label));
  for (const t of ay.ticks) g.append(svg("line", { class: "grid", x1: L, x2: W - R, y1: py(t.at), y2: py(t.at) }), svg("text", { class: "axis", x: L - 7, y: py(t.at) + 4, "text-anchor": "end" }, t.label));
  g.append(svg("text", { class: "axis", x: W - R, y: H - 8, "text-anchor": "end" }, `${X.title} (${arrow(X)}) →`));
  const front = X === Y ? [] : frontOf(points, X, Y);
  if (isFront(front)) g.append(svg("polyline", { points: front.map((p) => `${px(p.x[2])},${py(p.y[2])}`).join(" "), fill: "none", stroke: "var(--muted)", "stroke-dasharray": "4 4", class: "front" }));
  const placed = [], centres = points.map((p) => [px(p.x[2]), py(p.y[2])]);
  const isFree = (x, y, w) => y >= T + 8 && y <= H - B - 4 && x >= 0 && x + w <= W
    && !placed.some((b) => Math.abs(b.y - y) < 14 && x < b.x + b.w && b.x < x + w) && !centres.some(([a, b]) => a > x - 7 && a < x + w + 7 && b > y - 15 && b < y + 8);
  for (const p of [...points].sort((a, b) => a.y[2] - b.y[2])) {
    const c = `var(--p${p.k})`, cx = px(p.x[2]), cy = py(p.y[2]), node = svg("g");
    if (p.x[3] !== null) node.append(svg("line", { x1: px(p.x[3]), x2: px(p.x[4]), y1: cy, y2: cy, stroke: c, opacity: 0.5 }));
    if (p.y[3] !== null) node.append(svg("line", { x1: cx, x2: cx, y1: py(p.y[3]), y2: py(p.y[4]), stroke: c, opacity: 0.5 }));
    node.append(svg("circle", { cx, cy, r: 14, fill: "transparent" }), mark(p.k, cx, cy, 6));
    hover(node, `${D.policies[p.k].name}\n${X.title}: ${show(p.x[2], X.unit)}\n${Y.title}: ${show(p.y[2], Y.unit)}` + (isFront(front) && front.includes(p) ? "\non the Pareto front" : ""));
    // Names lie beside their dots, on no other name and on no dot; one that had to move away has a line to its dot.
    const name = cut(D.policies[p.k].name, 24), w = name.length * 7.2;
    const spots = SHIFTS.flatMap((s) => [true, false].map((right) => ({ right, x: right ? cx + 10 : cx - 10 - w, y: cy - 8 + 14 * s })));
    const { right, x, y } = spots.find((s) => isFree(s.x, s.y, w)) ?? spots[0];
    placed.push({ x, y, w });
    if (Math.abs(y - cy + 8) > 13) node.prepend(svg("line", { x1: cx, y1: cy, x2: right ? x - 2 : x + w + 2, y2: y - 4, stroke: "var(--muted)", opacity: 0.6 }));
    node.append(svg("text", { x: right ? x : x + w, y, "text-anchor": right ? "start" : "end" }, name));
    g.append(node);
  }
  return g;
}
