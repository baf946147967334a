// The page: its tables, its legend, and in which order everything is drawn.
const seedsOf = () => D.summary.map((s) => Math.max(1, ...s.map((x) => x[0] + x[1])));
function failures() {
  const host = $("#failure-table"), seeds = seedsOf();
  if (!D.failures.length) return empty(host, "No task was refused.");
  const most = Math.max(1, ...D.failures.map((f) => f.refused / seeds[f.policy]));
  const rows = D.failures.map((x) => {
    const refused = x.refused / seeds[x.policy], never = x.never / seeds[x.policy], attempts = x.attempts / seeds[x.policy];
    return { cells: [policyCell(x.policy), { t: x.group }, { t: x.reason, w: refused / most }, { t: show(refused, "count"), v: refused }, { t: show(never, "count"), v: never }, { t: show(attempts, "count"), v: attempts }] };
  });
  table(host, "failures", [{ t: "policy", row: 1 }, { t: "group" }, { t: "reason" }, { t: "tasks refused a run", n: 1 }, { t: "never placed a run", n: 1 }, { t: "failed attempts a run", n: 1 }], rows, defined("M22", "Means over seeds"));
}
// Of several seeds, one row a deployment: how it ended in how many, the mean time it took, the most that it needed.
function deployments() {
  const host = $("#deployment-table");
  if (!D.deployments.length) return $("#deployments").remove();
  const seeds = Math.max(...seedsOf()), times = seeds > 1 ? "Over all seeds" : "Of the one seed";
  const rows = D.deployments.map((x) => {
    const why = x.reasons.map(([reason, n]) => (seeds > 1 ? `${counted(n, "seed")}: ${reason}` : reason)).join("\n");
    return { cells: [
      policyCell(x.policy), { t: x.group }, { t: x.to }, { t: x.kind }, { t: clock(x.at_s * 1000), v: x.at_s },
      { t: x.completed ? x.ended : el("b", {}, x.ended), v: x.ended }, { t: x.reasons[0]?.[0] ?? "", tip: why || undefined },
      { t: show(x.took_s[0], "s"), v: x.took_s[0], tip: seeds > 1 ? `the longest ${show(x.took_s[1], "s")}` : undefined },
      ...x.peaks.map((v) => ({ t: show(v, "count"), v }))] };
  });
  table(host, "deployments", [{ t: "policy", row: 1 }, { t: "group" }, { t: "to" }, { t: "kind" }, { t: "at", n: 1 }, { t: "ended" }, { t: "why not" }, { t: "took", n: 1 }, { t: "most tasks", n: 1 }, { t: "most CPU units", n: 1 }, { t: "most MiB", n: 1 }], rows, el("span", {}, `${times}; most is of the service at one time, both revisions counted (`, defined("R-7.6", "how they end"), ")"));
}
function services() {
  if (!D.services.length) return;
  const titles = ["tasks", "zone skew", "excess zone skew", "instance skew", "blast radius, instance", "blast radius, zone"];
  const rows = D.services.map((x) => ({ cells: [policyCell(x.policy), { t: x.group }, ...x.values.map((v, i) => ({ t: show(v, i < 4 ? "count" : "share"), v }))] }));
  $("#services").append(folded(`By group, at the snapshot (${counted(rows.length, "row")})`, (box) => table(box, "services", [{ t: "policy", row: 1 }, { t: "group" }, ...titles.map((t) => ({ t, n: 1 }))], rows)));
}
function allFigures(host) {
  const row = (i) => {
    const m = D.metrics[i], means = D.summary.map((s) => s[i]?.[2]).filter((v) => v !== null && v !== undefined);
    const best = m.better > 0 ? Math.max(...means) : Math.min(...means), differ = m.better && new Set(means).size > 1;
    const cell = (p, k) => {
      const s = D.summary[k][i];
      if (!s) return { t: "–", v: null };
      const tip = () => `${p.name}\n${m.title}` + (s[3] !== null ? `\n95 %: ${show(s[3], m.unit)} to ${show(s[4], m.unit)}` : "") + `\nfrom ${show(s[5], m.unit)} to ${show(s[6], m.unit)}\n${counted(s[0], "seed")}` + (s[1] ? `, ${s[1]} without a value` : "");
      return { t: show(s[2], m.unit), v: s[2], best: differ && s[2] === best, tip };
    };
    return { cells: [{ t: defined(m.id, m.id), v: m.id[0] + m.id.slice(1).padStart(3, "0") }, { t: defined(m.id, m.title), v: m.title }, ...D.policies.map(cell)] };
  };
  const rows = D.metrics.map((m, i) => i).filter(known).map(row);
  const one = D.policies.length === 1;
  table(host, "figures", [{ t: "id" }, { t: "figure" }, ...D.policies.map((p) => ({ t: p.name, n: 1 }))], rows, one ? "" : "Bold: the best mean, which need not be told apart", true);
}
function differences(host) {
  const place = new Map(D.policies.map((p, i) => [p.name, i])), by = new Map(D.metrics.map((m) => [m.column, m]));
  const rows = D.comparisons.filter((c) => by.get(c.metric).headline || c.metric === D.primary).map((c) => {
    const m = by.get(c.metric), method = { bca: "BCa bootstrap", t: "paired t" }[c.method];
    return { cells: [policyCell(place.get(c.policy)), { t: defined(m.id, m.title), v: m.title }, { t: show(c.mean, m.unit), v: c.mean }, { t: c.low === null ? "–" : `${show(c.low, m.unit)} to ${show(c.high, m.unit)}`, v: c.low, tip: method }, { t: c.tally ? `${c.tally.wins} / ${c.tally.ties} / ${c.tally.losses}` : "–", v: c.tally?.wins ?? null }, { t: String(c.n) + (c.unpaired ? ` (${c.unpaired} unpaired)` : ""), v: c.n }, { t: c.words }] };
  });
  table(host, "comparison", [{ t: "policy", row: 1 }, { t: "figure" }, { t: "difference", n: 1 }, { t: "95 % interval", n: 1 }, { t: "won / tied / lost", n: 1 }, { t: "seeds", n: 1 }, { t: "verdict" }], rows, el("span", {}, `Policy less ${D.baseline}, seed by seed; shares differ in points (`, defined("interval", "how"), ")"));
}
// A section that is folded in the page is filled when it is opened.
function fold(selector, build) {
  const box = $(selector), body = box.querySelector(".body");
  const fill = () => { if (!box.dataset.full) { box.dataset.full = "1"; build(body); } };
  box.fill = fill;
  box.addEventListener("toggle", () => { if (box.open) fill(); });
}
// A link into what is folded opens it.
function open(hash) {
  const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
  if (!target) return;
  const boxes = [target.querySelector?.(":scope > details"), ...ancestors(target)].filter(Boolean);
  if (boxes.every((box) => box.open)) return;
  boxes.forEach((box) => { box.open = true; box.fill?.(); });
  target.scrollIntoView();
}
const ancestors = (node) => { const out = []; for (let at = node.closest("details"); at; at = at.parentElement?.closest("details")) out.push(at); return out; };

if (D.policies.length > 1) D.policies.forEach((p, i) => $("#legend").append(el("span", { title: [p.strategy, ...p.constraints].join(", ") }, swatch(i), p.name)));
document.querySelectorAll("[data-swatch]").forEach((node) => node.append(swatch(Number(node.dataset.swatch))));
document.querySelectorAll(".figures").forEach(dots);
failures();
deployments();
lines($("#time-charts"), D.quantities, true);
scatter();
fleet();
services();
fold("#saturation details", (body) => { const box = el("div", { className: "charts", id: "saturation-charts" }); body.append(box); lines(box, D.saturation, false); });
fold("#all details", (body) => { const box = el("div", { id: "figures" }); body.append(box); allFigures(box); });
if (D.comparisons.length) fold("#against details", (body) => { const box = el("div", { id: "comparison" }); body.append(box); differences(box); });
else $("#against").remove();
document.querySelectorAll("nav a").forEach((link) => { if (!$(link.getAttribute("href"))) link.remove(); });
document.querySelectorAll(".scroll").forEach((box) => { if (box.dataset.name) watchScroll(box, box.dataset.name); });
watchScroll($("nav"), "Sections");
addEventListener("hashchange", () => open(location.hash));
document.addEventListener("click", (event) => { const link = event.target.closest?.("a[href^='#']"); if (link && link.hash === location.hash) open(link.hash); });
open(location.hash);

// Paper is light, and has everything unfolded but the list of instances.
let dark = false, opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("main details:not([open])")].filter((box) => !box.closest("#fleet"));
  opened.forEach((box) => { box.open = true; box.fill?.(); });
  dark = root.dataset.theme === "dark";
  if (dark) setTheme("light");
});
addEventListener("afterprint", () => { opened.forEach((box) => { box.open = false; }); if (dark) setTheme("dark"); });
root.dataset.ready = "1";
