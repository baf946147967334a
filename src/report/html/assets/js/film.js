// The fleet over time: what lies on every instance at each frame of a policy's film.
const FREE = [];
class Film {
  constructor(place) {
    this.place = place;
    this.data = D.policies[place].film;
    this.cache = new Map();
  }
  get count() { return this.data.of.length; }
  get frames() { return this.data.frames; }
  // Zone, CPU units, MiB, type of an instance.
  instance(i) { return this.data.classes[this.data.of[i]]; }
  // What people call it; numbered instances need no list.
  name(i) { return D.names[i] ?? "i-" + String(i).padStart(8, "0"); }
  type(i) { return D.types[this.instance(i)[3]] ?? "no type"; }
  zone(i) { return D.zones[this.instance(i)[0]]; }
  // For each instance the kinds of task on it with their numbers; `null` is lost.
  frame(at) {
    if (this.cache.has(at)) return this.cache.get(at);
    const seen = new Map();
    const stack = (text) => {
      if (text === "x") return null;
      if (text === "") return FREE;
      if (!seen.has(text)) seen.set(text, text.split(",").map((t) => { const star = t.indexOf("*"); return star < 0 ? [Number(t), 1] : [Number(t.slice(0, star)), Number(t.slice(star + 1))]; }));
      return seen.get(text);
    };
    const frame = this.frames[at][1].split(";").map(stack);
    if (this.cache.size > 40) this.cache.clear();
    this.cache.set(at, frame);
    return frame;
  }
  // Tasks, CPU units and MiB on an instance.
  totals(stack) {
    let tasks = 0, cpu = 0, memory = 0;
    for (const [kind, n] of stack || FREE) { tasks += n; cpu += n * this.data.kinds[kind][1]; memory += n * this.data.kinds[kind][2]; }
    return { tasks, cpu, memory };
  }
  // Groups on an instance with their tasks, most first.
  groups(stack) {
    const by = new Map();
    for (const [kind, n] of stack || FREE) { const g = this.data.kinds[kind][0]; by.set(g, (by.get(g) || 0) + n); }
    return [...by].sort((a, b) => b[1] - a[1]);
  }
  // An instance in words.
  words(i, at) {
    const stack = this.frame(at)[i], heading = `${this.name(i)}, ${this.type(i)}, ${this.zone(i)}`;
    if (stack === null) return `${heading}\nlost`;
    const { tasks, cpu, memory } = this.totals(stack), [, cpus, mib] = this.instance(i), groups = this.groups(stack);
    return [heading, counted(tasks, "task"), `cpu ${group(cpu, 0)} of ${group(cpus, 0)} units`, `memory ${group(memory, 0)} of ${group(mib, 0)} MiB`,
      ...groups.slice(0, 8).map(([g, n]) => `${group(n, 0)} × ${g}`), ...(groups.length > 8 ? [`and ${groups.length - 8} more groups`] : [])].join("\n");
  }
  // Places of colours: the groups by what they take in the middle of the film.
  looks() {
    if (this.look) return this.look;
    const weight = new Map();
    for (const stack of this.frame(this.frames.length >> 1)) for (const [kind, n] of stack || FREE) { const [g, cpu] = this.data.kinds[kind]; weight.set(g, (weight.get(g) || 0) + n * cpu); }
    for (const [g] of this.data.kinds) if (!weight.has(g)) weight.set(g, 0);
    this.look = new Map([...weight].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([g], i) => [g, i]));
    return this.look;
  }
}
