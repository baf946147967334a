// The fleet as a picture: every instance a stacked bar, zones below each other. By the pointer or by the arrow keys each
// instance says its name, type, zone and tasks; the table below has them all.
const HUES = { light: ["#4269d0", "#efb118", "#ff725c", "#3ca951", "#a463f2", "#38b2c5", "#ff8ab7", "#9c6b4e", "#7f9f3f", "#b5577f"], dark: ["#6f8fe8", "#efb118", "#ff806b", "#4fbd64", "#b685f5", "#5cc6d6", "#ff9dc3", "#b98563", "#a3c45c", "#d27ba2"] };
function fleet() {
  const host = $("#fleet-view"), films = new Map();
  D.policies.forEach((p, k) => { if (p.film) films.set(k, new Film(k)); });
  if (!films.size) return empty(host, "The fleet is too large to draw every instance, or no run of seed 1 is there.");
  const state = { film: films.values().next().value, at: 0, resource: 0, chosen: -1, boxes: [] };
  const canvas = el("canvas", { className: "fleet", tabIndex: 0, role: "application", "aria-roledescription": "picture of the fleet", "aria-describedby": "fleet-keys" });
  const wrap = el("div", {}, canvas), when = el("output", { id: "when" }), legend = el("div", { className: "legend" });
  const said = el("p", { id: "instance", className: "muted", role: "status" }), slider = el("input", { type: "range", id: "slider", min: 0, step: 1 });
  const draw = () => { paintFleet(canvas, wrap, state); when.textContent = summaryOf(state); canvas.setAttribute("aria-label", when.textContent); groupLegend(legend, state); };
  const rows = () => [["instance", "type", "zone", "cpu", "memory_mib", "cpu_reserved", "memory_mib_reserved", "tasks"], ...state.film.frame(state.at).map((stack, i) => {
    const { film } = state, { tasks, cpu, memory } = film.totals(stack), [, cpus, mib] = film.instance(i);
    return [film.name(i), film.type(i), film.zone(i), cpus, mib, cpu, memory, tasks];
  })];
  const link = csv("fleet", rows), list = instanceList(state);
  const fresh = () => { delete link.dataset.full; draw(); list.renew(); };
  const reset = (now) => {
    const { frames } = state.film, wanted = now ?? D.policies[state.film.place].snapshot_ms;
    let best = frames.length - 1;
    frames.forEach((frame, i) => { if (Math.abs(frame[0] - wanted) < Math.abs(frames[best][0] - wanted)) best = i; });
    slider.max = frames.length - 1;
    slider.value = state.at = best;
    slider.closest("label").hidden = frames.length < 2;
  };
  slider.oninput = () => { state.at = Number(slider.value); slider.setAttribute("aria-valuetext", clock(state.film.frames[state.at][0])); fresh(); };
  listen(canvas, state, said, draw);
  host.append(
    el("div", { className: "controls" },
      choose("policy", [...films.keys()].map((i) => [i, D.policies[i].name]), state.film.place, (v) => { const now = state.film.frames[state.at][0]; state.film = films.get(v); state.chosen = -1; reset(now); fresh(); }),
      choose("bars show", [[0, "cpu"], [1, "memory"]], 0, (v) => { state.resource = v; fresh(); }), el("label", {}, "time", slider), link),
    el("p", { className: "muted" }, `Seed ${state.film.data.seed}: `, when, " (", defined("fleet", "how to read it"), ")"),
    el("p", { id: "fleet-keys", className: "muted keys" }, "Point at a bar, or focus the picture and use the arrow keys, Home and End."), wrap, said, legend, list.box);
  reset();
  draw();
  redraws.push(draw);
  sized(wrap, draw);
}
// Where every bar lies: sizes fall as the fleet grows.
function layoutOf(state, width) {
  const { film } = state, n = film.count, frame = film.frame(state.at), zones = D.zones.map(() => []);
  for (let i = 0; i < n && i < frame.length; i++) (zones[film.instance(i)[0]] ||= []).push(i);
  const largest = Math.max(1, ...zones.map((z) => z.length));
  const pitch = n <= 60 ? Math.max(12, Math.min(60, width / largest)) : n <= 400 ? 12 : n <= 2000 ? 7 : n <= 5000 ? 5 : 3;
  const h = n <= 60 ? 110 : n <= 400 ? 72 : n <= 2000 ? 46 : n <= 5000 ? 30 : 16;
  const gap = pitch >= 7 ? 2 : pitch >= 4 ? 1 : 0.5, per = Math.max(1, Math.floor(width / pitch));
  const height = zones.reduce((sum, z) => sum + (z.length ? 24 + Math.ceil(z.length / per) * (h + 4) + 8 : 0), 0);
  return { zones, frame, pitch, h, gap, per, height };
}
function hatched(free, hatch) {
  const tile = document.createElement("canvas"), c = tile.getContext("2d");
  tile.width = tile.height = 6;
  c.fillStyle = free;
  c.fillRect(0, 0, 6, 6);
  c.strokeStyle = hatch;
  c.lineWidth = 1.6;
  c.beginPath();
  for (const o of [-6, 0, 6]) { c.moveTo(o, 6); c.lineTo(o + 6, 0); }
  c.stroke();
  return tile;
}
function paintFleet(canvas, wrap, state) {
  const width = Math.max(240, wrap.clientWidth), { zones, frame, pitch, h, gap, per, height } = layoutOf(state, width);
  const { film, resource } = state, kinds = film.data.kinds, look = film.looks(), hue = HUES[root.dataset.theme], dpr = Math.min(devicePixelRatio || 1, 2);
  canvas.width = width * dpr;
  canvas.height = height * dpr;
  canvas.style.height = height + "px";
  const c = canvas.getContext("2d"), free = css("--free"), ink = css("--ink"), muted = css("--muted"), link = css("--link");
  c.scale(dpr, dpr);
  const stranded = c.createPattern(hatched(free, css("--hatch")), "repeat");
  const colours = kinds.map(([g]) => (look.get(g) < hue.length ? hue[look.get(g)] : muted));
  const least = [1, 2].map((q) => Math.min(...kinds.map((kind) => kind[q])));
  state.boxes = [];
  let y = 0;
  const bar = (i, x, top) => {
    const w = pitch - gap, stack = frame[i], capacity = film.instance(i);
    if (stack === null) {
      c.strokeStyle = muted;
      c.lineWidth = 0.75;
      c.strokeRect(x + 0.5, top + 0.5, Math.max(w - 1, 0.5), h - 1);
      c.beginPath(); c.moveTo(x, top + h); c.lineTo(x + w, top); c.stroke();
      return;
    }
    const { cpu, memory } = film.totals(stack), rest = [capacity[1] - cpu, capacity[2] - memory];
    const fits = rest[0] >= least[0] && rest[1] >= least[1] && kinds.some((kind) => kind[1] <= rest[0] && kind[2] <= rest[1]);
    c.fillStyle = stack.length && !fits ? stranded : free;
    c.fillRect(x, top, w, h);
    let base = top + h;
    for (const [kind, n] of stack) {
      const part = ((n * kinds[kind][1 + resource]) / (capacity[1 + resource] || 1)) * h;
      c.fillStyle = colours[kind];
      c.fillRect(x, base - part, w, Math.max(part - (film.count <= 400 && part > 3 ? 0.75 : 0), 0.5));
      base -= part;
    }
  };
  zones.forEach((members, zone) => {
    if (!members.length) return;
    const busy = members.filter((i) => frame[i]?.length).length;
    c.fillStyle = ink; c.font = "600 13px system-ui, sans-serif"; c.fillText(D.zones[zone], 0, y + 14);
    const off = c.measureText(D.zones[zone]).width + 10;
    c.fillStyle = muted; c.font = "12px system-ui, sans-serif"; c.fillText(`${group(busy, 0)} of ${group(members.length, 0)} in use`, off, y + 14);
    y += 24;
    members.forEach((i, j) => {
      const x = (j % per) * pitch, top = y + Math.floor(j / per) * (h + 4);
      state.boxes.push({ x, y: top, w: pitch, h, i });
      bar(i, x, top);
    });
    y += Math.ceil(members.length / per) * (h + 4) + 8;
  });
  const box = state.boxes[state.chosen];
  if (box) { c.strokeStyle = link; c.lineWidth = 2; c.strokeRect(box.x - 1, box.y - 1, Math.max(box.w - gap, 2) + 2, h + 2); }
}
function summaryOf({ film, at }) {
  let used = 0, up = 0;
  const sums = [0, 0], all = [0, 0];
  film.frame(at).forEach((stack, i) => {
    if (stack === null) return;
    up++;
    if (stack.length) used++;
    const { cpu, memory } = film.totals(stack), [, cpus, mib] = film.instance(i);
    sums[0] += cpu; sums[1] += memory; all[0] += cpus; all[1] += mib;
  });
  const share = (q) => (all[q] ? group((sums[q] / all[q]) * 100, 1) + " %" : "–");
  return `${clock(film.frames[at][0])} · ${group(used, 0)} of ${group(up, 0)} instances in use · cpu ${share(0)} · memory ${share(1)}`;
}
function groupLegend(host, { film }) {
  const hue = HUES[root.dataset.theme], look = film.looks();
  const entry = (colour, words, className = "swatch") => { const s = el("span", { className }); s.style.setProperty("--c", colour); return el("span", { title: words }, s, cut(words, 32)); };
  const shown = [...look].slice(0, hue.length).map(([g, i]) => entry(hue[i], g));
  const others = look.size - hue.length;
  host.replaceChildren(...shown, ...(others > 0 ? [entry("var(--muted)", counted(others, "other group"))] : []), entry("var(--free)", "remaining"), entry("var(--free)", "remaining, stranded", "swatch hatch"));
}
// The pointer and the keys choose an instance.
function listen(canvas, state, said, draw) {
  const at = (x, y) => state.boxes.findIndex((b) => x >= b.x && x < b.x + b.w && y >= b.y && y < b.y + b.h + 4);
  canvas.addEventListener("pointermove", (event) => {
    const b = canvas.getBoundingClientRect(), hit = state.boxes[at(event.clientX - b.left, event.clientY - b.top)];
    if (!hit) return hideTip();
    showTip(state.film.words(hit.i, state.at), event.clientX, event.clientY);
  });
  canvas.addEventListener("pointerleave", hideTip);
  const choose = (place) => {
    state.chosen = Math.max(0, Math.min(state.boxes.length - 1, place));
    draw();
    const box = state.boxes[state.chosen], b = canvas.getBoundingClientRect(), words = state.film.words(box.i, state.at);
    said.textContent = words.replaceAll("\n", " · ");
    if (b.top + box.y < 60 || b.top + box.y + box.h > innerHeight) scrollBy({ top: b.top + box.y - innerHeight / 2, behavior: "instant" });
    const now = canvas.getBoundingClientRect();
    showTip(words, now.left + box.x + box.w, now.top + box.y + box.h);
  };
  // The nearest bar above or below.
  const beside = (down) => {
    const from = state.boxes[state.chosen] ?? state.boxes[0];
    let best = state.chosen, least = Infinity;
    state.boxes.forEach((b, k) => {
      const dy = (b.y - from.y) * (down ? 1 : -1);
      if (dy <= 0) return;
      const far = dy * 10000 + Math.abs(b.x - from.x);
      if (far < least) { least = far; best = k; }
    });
    return best;
  };
  const keys = { ArrowRight: () => state.chosen + 1, ArrowLeft: () => state.chosen - 1, ArrowDown: () => beside(true), ArrowUp: () => beside(false), Home: () => 0, End: () => state.boxes.length - 1 };
  canvas.addEventListener("keydown", (event) => {
    const move = keys[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(state.chosen < 0 ? 0 : move());
  });
  canvas.addEventListener("blur", () => { hideTip(); if (state.chosen >= 0) { state.chosen = -1; draw(); } });
}
// Every instance by name; built when it is opened, and anew when the policy or the time changes.
function instanceList(state) {
  const filter = el("input", { type: "search", placeholder: "name, type, zone or group", id: "instance-filter" }), body = el("div", { id: "instances" });
  const build = () => {
    const { film } = state, wanted = filter.value.trim().toLowerCase(), rows = [];
    film.frame(state.at).forEach((stack, i) => {
      const groups = film.groups(stack), text = `${film.name(i)} ${film.type(i)} ${film.zone(i)} ${groups.map(([g]) => g).join(" ")}`;
      if (wanted && !text.toLowerCase().includes(wanted)) return;
      const { tasks, cpu, memory } = film.totals(stack), [, cpus, mib] = film.instance(i);
      const holds = stack === null ? "lost" : groups.slice(0, 4).map(([g, n]) => `${group(n, 0)} × ${g}`).join(", ") + (groups.length > 4 ? ", …" : "") || "–";
      rows.push({ cells: [{ t: film.name(i) }, { t: film.type(i) }, { t: film.zone(i) }, { t: group(tasks, 0), v: tasks }, { t: `${group(cpu, 0)} of ${group(cpus, 0)}`, v: cpu }, { t: `${group(memory, 0)} of ${group(mib, 0)}`, v: memory }, { t: holds }] });
    });
    body.replaceChildren();
    table(body, "instances", [{ t: "instance", row: 1 }, { t: "type" }, { t: "zone" }, { t: "tasks", n: 1 }, { t: "cpu units", n: 1 }, { t: "memory, MiB", n: 1 }, { t: "holds" }], rows, el("span", { className: "muted" }, `${counted(rows.length, "instance")} under ${D.policies[film.place].name}, ${clock(film.frames[state.at][0])}`));
  };
  filter.oninput = build;
  const box = folded(`Every instance by name (${group(state.film.count, 0)})`, (box) => { box.append(el("div", { className: "controls" }, el("label", { htmlFor: "instance-filter" }, "find"), filter), body); build(); });
  return { box, renew: () => { if (box.open) build(); else delete box.dataset.stale; } };
}
