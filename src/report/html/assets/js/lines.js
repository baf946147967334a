// Curves over time, or over what was offered, by uPlot. Their ticks stand where clocks have them, all in one unit.
const STEPS = [0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000, 2592000, 8640000];
// The largest unit of time in which a step is short to write: one for all ticks of an axis.
const CLOCKS = [[86400, " d"], [3600, " h"], [60, " min"], [1, " s"]];
const unitOf = (step, span) => CLOCKS.find(([over]) => over <= Math.max(span, 1) && decimalsOf(step / over) <= 1) ?? [1, " s"];
const decimalsOf = (step) => { let d = 0; while (d < 6 && Math.abs(step * 10 ** d - Math.round(step * 10 ** d)) > 1e-6) d++; return d; };
function lines(host, quantities, time) {
  for (const q of quantities) curve(host, q, time);
  if (!host.children.length) empty(host, time ? "This experiment has no time: everything happens at one moment." : "Not defined for this experiment.");
}
const IDS = { "instances in use": "M5" };
function curve(host, q, time) {
  const have = q.policies.map((c, p) => [p, c]).filter(([, c]) => c[0].length > 1);
  if (!have.length || have.every(([, c]) => c[3].every((v) => v === 0))) return;
  const box = el("div", { className: "chart" }), plot = el("div", { role: "img" });
  const rows = () => [["policy", time ? "time_s" : "offered_share", "mean", "min", "max"], ...have.flatMap(([p, c]) => c[0].map((t, i) => [D.policies[p].name, t, c[1][i], c[2][i], c[3][i]]))];
  const first = have[0][1][1], same = have.length > 1 && have.every(([, c]) => c[1].length === first.length && c[1].every((v, i) => v === first[i]));
  const id = !time ? "M27" : IDS[q.title] ?? (q.unit === "share" ? "M1" : null);
  box.append(head(id ? defined(id, q.title) : q.title, q.title.replaceAll(" ", "-"), rows), plot);
  if (same) box.querySelector("h3").append(el("small", {}, " – the same under every policy"));
  host.append(box);
  const drawn = same ? have.slice(0, 1) : have, name = (p) => (same ? "every policy" : D.policies[p].name);
  const data = uPlot.join(drawn.map(([, c]) => [c[0], c[1]]));
  const span = Math.max(...data[0]), top = Math.max(...drawn.flatMap(([, c]) => c[1])), least = q.unit === "share" ? 0.05 : 1;
  const value = styled(drawn.flatMap(([, c]) => [Math.max(...c[1])]), q.unit);
  plot.setAttribute("aria-label", `${q.title}: highest ${value(top)}`);
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
  const labels = (_, at) => {
    const step = at.length > 1 ? at[1] - at[0] : span, [over, after] = unitOf(step, span);
    return at.map((s) => group(s / over, decimalsOf(step / over)) + after);
  };
  let u = null;
  const draw = () => {
    const width = Math.max(240, box.clientWidth), ink = css("--ink"), line = css("--line");
    if (u) u.destroy();
    const y = axisOf(0, Math.max(top * 1.04, least), q.unit, 4);
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line }, font: "11px system-ui, sans-serif" };
    const across = time ? { ...axis, values: labels, incrs: STEPS, space: 60 } : { ...axis, values: (_, at) => at.map((s) => group(s * 100, 0) + "%"), space: 44 };
    const dash = (p) => (!same && D.policies[p].dash ? [D.policies[p].dash * 1.5, D.policies[p].dash] : undefined);
    u = new uPlot({
      width, height: 230, legend: { show: false }, hooks: { setCursor: [say] }, cursor: { sync: { key: host.id } },
      scales: { x: { time: false }, y: { range: [y.lo, y.hi] } },
      axes: [across, { ...axis, size: 58, splits: () => y.ticks.map((t) => t.at), values: () => y.ticks.map((t) => t.label) }],
      series: [{}, ...drawn.map(([p]) => ({ label: name(p), stroke: same ? ink : css("--p" + p), width: 1.75, dash: dash(p), points: { show: false }, spanGaps: true }))],
    }, data, plot);
  };
  draw();
  redraws.push(draw);
  sized(box, draw);
}
