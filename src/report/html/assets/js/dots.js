// Means with intervals and their values beside them, one panel a figure. Figures of the headline stand open, the others
// are folded; one policy has nothing to be compared with, and is a table.
function dots(host) {
  const ids = host.dataset.ids.split(" "), lead = (host.dataset.lead || "").split(" ");
  const found = D.metrics.map((m, i) => ({ m, i })).filter(({ m, i }) => ids.includes(m.id) && known(i));
  if (!found.length) return empty(host, "Not defined for this experiment.");
  if (D.policies.length === 1) return figuresOfOne(host, found);
  const isFlat = ({ i }) => new Set(D.summary.filter((s) => s[i]).map((s) => s[i][2])).size === 1;
  const flat = found.filter(isFlat), shown = found.filter((f) => !isFlat(f));
  const isLead = ({ m }) => m.headline || lead.includes(m.column);
  const first = shown.filter(isLead), rest = shown.filter((f) => !isLead(f));
  const grid = (box, figures) => { const inner = el("div", { className: "dots" }); figures.forEach((f) => inner.append(panel(f))); box.append(inner); };
  if (first.length) grid(host, first);
  if (flat.length) {
    const line = el("p", { className: "muted" }, "The same under every policy: ");
    flat.forEach(({ m, i }, k) => line.append(k ? "; " : "", defined(m.id, m.title), " " + show(D.summary.find((s) => s[i])[i][2], m.unit)));
    host.append(line);
  }
  if (rest.length) host.append(folded(`${counted(rest.length, "more figure")}: ${cut(rest.map(({ m }) => m.title).join("; "), 90)}`, (box) => grid(box, rest)));
}
function panel({ m, i }) {
  const rows = D.summary.map((s, p) => ({ p, s: s[i] })).filter((r) => r.s && r.s[2] !== null);
  const low = (s) => Math.max(s[3] ?? s[2], Math.min(0, s[2])), high = (s) => s[4] ?? s[2];
  const value = styled(rows.map((r) => r.s[2]), m.unit), labels = rows.map((r) => value(r.s[2]));
  const W = 340, H = rows.length * 22 + 26, letter = 6.6;
  const left = Math.min(150, 16 + letter * Math.max(...rows.map((r) => cut(D.policies[r.p].name, 21).length)));
  const right = 10 + letter * Math.max(...labels.map((l) => l.length));
  const { lo, hi, ticks } = axisOf(Math.min(0, ...rows.map((r) => low(r.s))), Math.max(...rows.map((r) => high(r.s))), m.unit, 3);
  const x = (v) => left + ((v - lo) / (hi - lo)) * (W - left - right - 12);
  const said = rows.map((r, k) => `${D.policies[r.p].name} ${labels[k]}`).join(", ");
  const g = svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${m.title}: ${said}` });
  const labelled = spaced(ticks, x, 7);
  for (const t of ticks) g.append(svg("line", { class: "grid", x1: x(t.at), x2: x(t.at), y1: 2, y2: H - 20 }));
  for (const t of labelled) g.append(svg("text", { class: "axis", x: x(t.at), y: H - 6, "text-anchor": "middle" }, t.label));
  rows.forEach((r, k) => {
    const y = 14 + k * 22, row = svg("g"), name = D.policies[r.p].name;
    row.append(svg("rect", { x: 0, y: y - 11, width: W, height: 22, fill: "transparent" }), svg("text", { x: 0, y: y + 4 }, cut(name, 21)));
    if (r.s[3] !== null) row.append(svg("line", { x1: x(low(r.s)), x2: x(high(r.s)), y1: y, y2: y, stroke: `var(--p${r.p})`, "stroke-width": 3, "stroke-linecap": "round", opacity: 0.45 }));
    row.append(mark(r.p, x(r.s[2]), y, 4.5), svg("text", { class: "value", x: W, y: y + 4, "text-anchor": "end" }, labels[k]));
    hover(row, `${name}\n${m.title}: ${labels[k]}` + (r.s[3] !== null ? `\n95 %: ${value(r.s[3])} to ${value(r.s[4])}` : "") + `\n${counted(r.s[0], "seed")}`);
    g.append(row);
  });
  const raw = () => [["policy", "n", "mean", "low", "high"], ...rows.map((r) => [D.policies[r.p].name, r.s[0], r.s[2], r.s[3], r.s[4]])];
  return el("div", { className: "chart" }, head(defined(m.id, m.title), m.column, raw), g);
}
// The ticks whose labels have room: the first, and each that does not touch the one before.
function spaced(ticks, place, letter = 6.2) {
  const out = [];
  let end = -Infinity;
  for (const t of ticks) {
    const half = (t.label.length * letter) / 2, at = place(t.at);
    if (at - half < end + 4) continue;
    out.push(t);
    end = at + half;
  }
  return out;
}
function figuresOfOne(host, found) {
  const rows = found.map(({ m, i }) => {
    const s = D.summary[0][i];
    return { cells: [{ t: defined(m.id, m.title), v: m.title }, { t: show(s[2], m.unit), v: s[2] }, { t: s[3] === null ? "–" : `${show(s[3], m.unit)} to ${show(s[4], m.unit)}`, v: s[3] }] };
  });
  const has = found.some(({ i }) => D.summary[0][i][3] !== null);
  const columns = [{ t: "figure", row: 1 }, { t: "mean", n: 1 }, { t: "95 % interval", n: 1 }];
  if (!has) { columns.pop(); columns[1].t = "value"; rows.forEach((r) => r.cells.pop()); }
  table(host, host.dataset.name, columns, rows);
}
