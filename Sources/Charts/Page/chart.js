"use strict";
// Selection and stepping. The rows are in the page already; this adds up what they changed. Text only
// ever enters the page as text.
(() => {
  const { objects, maps, owners, rows } = JSON.parse(document.getElementById("history").textContent);
  const panel = document.getElementById("panel");
  const items = [...document.querySelectorAll(".row")];
  if (!rows.length || items.length !== rows.length) return;
  let current = -1;

  /** An element with a class and children, which are elements or text. */
  const make = (tag, name, ...children) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  const signs = { ok: "✓", refused: "✗", ignored: "·", fault: "✗", violated: "✗" };

  // The state after the first `count` steps: objects as a Map of Maps, spaces as lists of regions.
  const begin = () => ({
    objects: new Map(objects.map(([name, kind, fields]) => [name, { kind, fields: new Map(fields) }])),
    maps: maps.map(([name, regions]) => ({ name, regions: regions.slice() })),
  });
  const advance = (state, row) => {
    for (const [name, field, , after] of row.changes) {
      if (!state.objects.has(name)) {
        if (after === null) continue;
        state.objects.set(name, { kind: "", fields: new Map() });
      }
      const fields = state.objects.get(name).fields;
      if (after === null) fields.delete(field); else fields.set(field, after);
    }
    for (const [space, name, at, removed, regions] of row.memory) {
      state.maps[space] ??= { name, regions: [] };
      state.maps[space].regions.splice(at, removed, ...regions);
    }
    return state;
  };
  const stateAfter = (count) => rows.slice(0, count).reduce(advance, begin());

  // Addresses.
  const grouped = (hex) => "0x" + hex.slice(2).replace(/\B(?=([0-9a-f]{4})+$)/g, "_");
  const size = (bytes) => {
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let unit = 0;
    while (bytes >= 1024n && bytes % 1024n === 0n && unit < 6) { bytes /= 1024n; unit += 1; }
    return bytes + " " + units[unit];
  };
  const sameRegion = (a, b) => a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3].join() === b[3].join();
  const swatch = (owner) => [make("i", "swatch o" + (owner % 10)), owners[owner]];

  /** Two bars over the same cuts, so that what did not move stands still. Widths go with the logarithm. */
  const bars = (before, after) => {
    const edges = new Set();
    for (const region of [...before, ...after]) { edges.add(region[0]); edges.add(region[1]); }
    const cuts = [...edges].map(BigInt).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const holders = (regions) => {
      let at = 0;
      return cuts.slice(0, -1).map((start) => {
        while (at < regions.length && BigInt(regions[at][1]) <= start) at += 1;
        return at < regions.length && BigInt(regions[at][0]) <= start ? regions[at] : null;
      });
    };
    const [was, is] = [holders(before), holders(after)];
    const bar = (mine, other) => make("div", "bar", ...mine.map((region, position) => {
      const length = cuts[position + 1] - cuts[position];
      const nobody = !mine[position] && !other[position];
      const moved = !!mine[position] !== !!other[position] || (region && other[position][2] !== region[2]);
      const part = make("span", (region ? "o" + (region[2] % 10) : "gap") + (moved ? " moved" : ""));
      part.style.flex = nobody ? "0 0 12px" : Math.max(3, length.toString(2).length - 9) + " 1 0";
      part.title = grouped("0x" + cuts[position].toString(16)) + " + " + size(length) + "  " + (region ? owners[region[2]] : "nobody");
      return part;
    }));
    return [bar(was, is), bar(is, was)];
  };

  const mapLine = (region, name) => make("tr", name,
    make("td", "", grouped(region[0]) + " + " + size(BigInt(region[1]) - BigInt(region[0]))),
    make("td", "", ...swatch(region[2])), make("td", "", region[3].join(", ")));

  const memory = (before, after, touched) => after.map((map, space) => {
    const old = before[space] ? before[space].regions : [];
    const section = make("section", "", make("h4", "", map.name));
    const [was, is] = bars(old, map.regions);
    const moved = touched.has(space);
    section.append(moved ? make("div", "bars", "before", was, "after", is) : is);
    const table = make("table", "map"); // the bars again, as text
    if (moved) for (const region of old) if (!map.regions.some((r) => sameRegion(r, region))) table.append(mapLine(region, "gone"));
    for (const region of map.regions) table.append(mapLine(region, moved && !old.some((r) => sameRegion(r, region)) ? "new" : ""));
    if (!map.regions.length) table.append(make("tr", "", make("td", "", "nobody has any of it")));
    section.append(table);
    return { moved, section };
  }).sort((a, b) => b.moved - a.moved).map(({ section }) => section);

  const step = (label, title, target) => {
    const button = make("button", "", label);
    button.type = "button";
    button.title = title;
    button.disabled = target < 0 || target >= rows.length;
    button.onclick = () => select(target, true);
    return button;
  };

  const draw = (position) => {
    const row = rows[position];
    const [from, to, call, detail, object] = row.words;
    const before = stateAfter(position);
    const after = advance(stateAfter(position), row);
    const count = row.n === position + 1 ? ` of ${rows.length}` : ` · ${position + 1} of ${rows.length}`;
    const title = `step ${row.n}${count}` + (row.phase ? ` · ${row.phase}` : "");
    const parts = [
      make("div", "stepper", make("span", "", title),
        step("←", "back: the left arrow key", position - 1), step("→", "on: the right arrow key", position + 1)),
      make("h2", row.mark, `${signs[row.mark]} ${call}`),
      make("p", "way", make("b", "", to ? `${from} → ${to}` : from), detail ? "  " + detail : "", object ? `  ·  ${object}` : ""),
    ];
    if (row.refusal) {
      const [what, guard, source] = row.refusal;
      parts.push(make("div", "box " + (row.mark === "ok" ? "refused" : row.mark), make("b", "", what), source ? make("div", "", source) : null,
        guard ? make("div", "", "guard " + guard) : null));
    }
    if (row.remarks.length) {
      parts.push(make("div", "box " + row.mark, ...row.remarks.map(([name, text]) => make("div", "", name ? make("b", "", name + "  ") : "", text))));
    }
    parts.push(make("h3", "", "What it changed"));
    for (const [name, field, was, is] of row.changes) {
      parts.push(make("div", "delta", make("small", "", `${name} · ${field}`), make("span", "was", was ?? "–"), make("i", "", "→"), make("span", "now", is ?? "–")));
    }
    if (!row.changes.length) parts.push(make("p", "quiet", row.memory.length ? "only who has memory, see below" : "nothing: every object is as it was"));
    if (after.maps.length) parts.push(make("h3", "", "Memory"), ...memory(before.maps, after.maps, new Set(row.memory.map(([space]) => space))));
    if (after.objects.size) parts.push(make("h3", "", "Every object after this step"));
    const moved = new Set(row.changes.map(([name, field]) => JSON.stringify([name, field])));
    for (const [name, { kind, fields }] of after.objects) {
      const state = make("dl", "state");
      for (const [field, value] of fields) state.append(make("dt", "", field), make("dd", moved.has(JSON.stringify([name, field])) ? "moved" : "", value));
      parts.push(make("h4", "", name, kind && !name.startsWith(kind) ? make("small", "", "  " + kind) : ""), fields.size ? state : make("p", "quiet", "gone"));
    }
    panel.replaceChildren(...parts);
  };

  const select = (position, isAsked) => {
    if (position < 0 || position >= rows.length || position === current) return;
    if (current >= 0) { items[current].classList.remove("picked"); items[current].removeAttribute("aria-current"); }
    current = position;
    const item = items[position];
    item.classList.add("picked");
    item.setAttribute("aria-current", "step");
    item.closest("details").open = true;
    draw(position);
    panel.scrollTop = 0;
    if (isAsked) {
      history.replaceState(null, "", "#step=" + rows[position].n);
      item.scrollIntoView({ block: "nearest" });
    }
  };

  const asked = () => {
    const match = /^#step=(-?\d+)$/.exec(location.hash);
    return match ? rows.findIndex((row) => String(row.n) === match[1]) : -1;
  };
  document.documentElement.classList.add("live");
  items.forEach((item, position) => item.addEventListener("click", (event) => {
    if (getSelection().toString()) return;
    event.preventDefault();
    select(position, true);
  }));
  addEventListener("hashchange", () => select(asked(), true));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const goal = { ArrowRight: current + 1, ArrowDown: current + 1, ArrowLeft: current - 1, ArrowUp: current - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    select(goal, true);
  });
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((phase) => { phase.open = true; }));
  const first = asked();
  const broken = rows.findIndex((row) => row.mark === "violated");
  select(first >= 0 ? first : Math.max(0, broken), first >= 0);
})();
