"use strict";
(() => {
  const $ = id => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const rows = data.Rows, texts = data.Texts, stages = data.Stages;
  const indexOf = new Map(rows.map((r, i) => [r.N, i]));
  const crowded = new Set(); // programs of several software threads
  const firstThread = new Map();
  for (const r of rows) {
    if (!firstThread.has(r.P)) firstThread.set(r.P, r.S);
    else if (firstThread.get(r.P) !== r.S) crowded.add(r.P);
  }
  const canvas = $("canvas"), ctx = canvas.getContext("2d"), tip = $("tip");
  const FETCH = 0, QUEUE = 3, DONE = 7, COMMIT = 8, SQUASH = 9;
  const ruler = 24; // pixels above the rows
  const usual = { cw: 13, rh: 18 };

  // What is shown: the cycle and the row at the upper left corner, and the
  // pixels of a cycle and of a row.
  const at = { x: data.From, y: 0, cw: usual.cw, rh: usual.rh };
  let width = 0, height = 0, labels = 0, selected = -1, hovered = -1, hits = [], hitSet = new Set(), css = {}, queued = false;

  // Colours. Stages differ in lightness as well as in hue; so do threads from
  // the paper. The hues of threads are those of Okabe and Ito (2008).
  const threadHues = [210, 26, 163, 326, 52, 201, 270, 0];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stageColour = {
    light: ["#9ecae8", "#c6dcec", "#5fa8d3", "#e9ddbd", "#f5c26b", "#e07b1f", "#8e5bb5", "#d6d6d3", "#2b8a57", "#c22a1e"],
    dark: ["#3d7ea6", "#24404f", "#5fa8d3", "#3d3729", "#b98a34", "#e8892e", "#a878d0", "#3a3c3e", "#3fae72", "#e2574a"],
  };
  const stageLight = [[72, 34], [84, 24], [58, 50], [91, 18], [50, 55], [40, 64], [34, 72], [90, 20], [24, 82], [45, 55]];
  const waitColour = code => css.waits[code] || css.waits.other;

  function colours() {
    const s = getComputedStyle(document.documentElement);
    css = {};
    for (const name of ["paper", "ink", "faint", "rule", "panel", "accent", "mark", "chosen", "bad"]) css[name] = s.getPropertyValue("--" + name).trim();
    const d = dark.matches;
    css.waits = {
      operand: d ? "#8f8f8a" : "#77776f", memory: d ? "#a878d0" : "#8e5bb5", tlb: d ? "#d08ac0" : "#b5478f",
      unit: css.bad, issue: css.bad, rename: css.bad, turn: d ? "#45b8ac" : "#14857a", order: d ? "#5b5f63" : "#c0c0bc", commit: d ? "#5b5f63" : "#c0c0bc",
      ...Object.fromEntries(["address", "storedata", "storewrite"].map(code => [code, d ? "#6fb0d4" : "#2f7398"])),
      other: d ? "#e8b04a" : "#b07400", // a structure is full
    };
  }

  const byThread = () => $("colour").value === "thread";
  function fill(row, stage) {
    if (stage === SQUASH) return css.bad;
    if (!byThread()) return stageColour[dark.matches ? "dark" : "light"][stage];
    const l = stageLight[stage][dark.matches ? 1 : 0];
    return `hsl(${threadHues[row.T % threadHues.length]} ${stage === QUEUE || stage === DONE ? 30 : 65}% ${l}%)`;
  }
  const stripe = row => `hsl(${threadHues[row.T % threadHues.length]} 70% ${dark.matches ? 60 : 42}%)`;

  // Geometry.
  const cycleAt = px => at.x + (px - labels) / at.cw;
  const rowAt = py => Math.floor(at.y + (py - ruler) / at.rh);
  const left = cycle => labels + (cycle - at.x) * at.cw;
  const top = row => ruler + (row - at.y) * at.rh;
  const visibleRows = () => (height - ruler) / at.rh;
  const visibleCycles = () => (width - labels) / at.cw;
  const begins = i => rows.length ? rows[Math.max(0, Math.min(rows.length - 1, Math.floor(i)))].G[1] : 0;

  function clamp() {
    at.cw = Math.max(0.002, Math.min(60, at.cw));
    at.rh = Math.max(0.004, Math.min(44, at.rh));
    at.y = Math.max(0, Math.min(Math.max(0, rows.length - visibleRows() * 0.6), at.y));
    const span = visibleCycles();
    at.x = Math.max(data.From - span * 0.3, Math.min(data.Until - span * 0.1, at.x));
  }

  function resize() {
    const box = $("plot").getBoundingClientRect(), scale = devicePixelRatio || 1;
    width = box.width; height = box.height;
    canvas.width = Math.round(width * scale); canvas.height = Math.round(height * scale);
    ctx.setTransform(scale, 0, 0, scale, 0, 0);
    draw(); // at once: the new size has cleared it
  }

  function redraw() {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => { queued = false; draw(); });
  }

  const mono = size => `${size}px ui-monospace, "Liberation Mono", Consolas, monospace`;
  function label(row) { return `${String(row.N).padStart(digits)} ${texts[row.A].padStart(addressDigits)}  ${texts[row.I]}`; }
  const digits = rows.length ? String(rows[rows.length - 1].N).length : 1;
  const addressDigits = rows.reduce((n, r) => Math.max(n, texts[r.A].length), 0);
  const labelChars = Math.min(52, rows.reduce((n, r) => Math.max(n, digits + addressDigits + 3 + texts[r.I].length), 0));

  function draw() {
    const named = at.rh >= 9, size = Math.min(13, at.rh * 0.72);
    ctx.font = mono(size);
    labels = named ? Math.min(width * 0.42, 14 + ctx.measureText("0").width * (labelChars + 1)) : 12;
    clamp();
    ctx.fillStyle = css.paper;
    ctx.fillRect(0, 0, width, height);
    const first = Math.max(0, Math.floor(at.y)), last = Math.min(rows.length, Math.ceil(at.y + visibleRows()));
    const step = Math.max(1, Math.floor(1 / at.rh));
    highlight(first, last);
    grid();
    ctx.save();
    ctx.beginPath();
    ctx.rect(labels, ruler, width - labels, height - ruler);
    ctx.clip();
    for (let i = first - first % step; i < last; i += step) drawRow(i);
    arrows();
    ctx.restore();
    for (let i = first - first % step; i < last; i += step) drawLabel(i, named, size);
    drawRuler();
    where(first, last);
  }

  function highlight(first, last) {
    const band = (i, colour) => { ctx.fillStyle = colour; ctx.fillRect(0, top(i), width, Math.max(1, at.rh)); };
    for (const i of hits) {
      if (i < first || i >= last) continue;
      if (at.rh >= 3) band(i, css.mark);
      else { ctx.fillStyle = css.accent; ctx.fillRect(width - 8, top(i), 8, 1); }
    }
    if (hovered >= first && hovered < last) band(hovered, css.panel);
    if (selected >= first && selected < last) band(selected, css.chosen);
  }

  // spacing is the number of cycles between two lines: 1, 2 or 5 times a power of ten.
  function spacing(pixels) {
    const wanted = pixels / at.cw;
    const power = 10 ** Math.floor(Math.log10(Math.max(wanted, 1e-9)));
    for (const m of [1, 2, 5, 10]) if (m * power >= wanted) return Math.max(1, m * power);
    return Math.max(1, 10 * power);
  }

  function grid() {
    const gap = spacing(70);
    ctx.fillStyle = css.rule;
    for (let c = Math.ceil(cycleAt(labels) / gap) * gap; left(c) < width; c += gap) ctx.fillRect(Math.round(left(c)), ruler, 1, height);
  }

  function drawRuler() {
    ctx.fillStyle = css.panel;
    ctx.fillRect(0, 0, width, ruler);
    ctx.fillStyle = css.rule;
    ctx.fillRect(0, ruler - 1, width, 1);
    ctx.font = mono(11);
    ctx.textBaseline = "middle";
    ctx.fillStyle = css.faint;
    ctx.fillText(labels > 60 ? "cycle" : "", 14, ruler / 2);
    const gap = spacing(70);
    for (let c = Math.max(0, Math.ceil(cycleAt(labels) / gap) * gap); left(c) < width; c += gap) ctx.fillText(String(c), left(c) + 3, ruler / 2);
  }

  function drawRow(i) {
    const row = rows[i], y = top(i), g = row.G;
    const h = Math.max(1, at.rh >= 6 ? at.rh - 2 : at.rh), pad = at.rh >= 6 ? 1 : 0;
    const lane = at.rh >= 10 && row.Q ? Math.max(2, Math.round(at.rh * 0.18)) : 0;
    ctx.globalAlpha = row.F >= 2 ? 0.5 : 1;
    for (let k = 0; k < g.length; k += 3) {
      const x = left(g[k + 1]), w = (g[k + 2] - g[k + 1]) * at.cw;
      if (x + w < labels || x > width) continue;
      ctx.fillStyle = fill(row, g[k]);
      ctx.fillRect(x, y + pad, Math.max(w - (at.cw > 4 ? 1 : 0), 0.6), h);
    }
    if (lane) for (const q of row.Q) {
      const x = left(q[0]), w = (q[1] - q[0]) * at.cw;
      if (x + w < labels || x > width) continue;
      ctx.fillStyle = waitColour(texts[q[2]]);
      ctx.fillRect(x, y + at.rh - 1 - lane, Math.max(w - 1, 1), lane);
    }
    ctx.globalAlpha = 1;
    if (at.cw >= 8 && at.rh >= 12) letters(row, y);
    if (row.F >= 2 && at.rh >= 4) {
      ctx.fillStyle = css.bad;
      ctx.fillRect(left(g[1]), y + at.rh / 2, (g[g.length - 1] - g[1]) * at.cw, 1);
    }
  }

  function letters(row, y) {
    const g = row.G, size = Math.min(12, at.rh * 0.62, at.cw * 1.1);
    ctx.font = mono(size);
    ctx.textBaseline = "middle";
    for (let k = 0; k < g.length; k += 3) {
      const letter = stages[g[k]].Letter;
      if (g[k] === QUEUE || g[k] === DONE) continue;
      const x = left(g[k + 1]);
      if (x < labels - at.cw || x > width) continue;
      ctx.fillStyle = ink(fill(row, g[k]));
      ctx.fillText(letter, x + (at.cw - 1 - size * 0.6) / 2, y + at.rh * 0.46);
    }
  }

  // ink is black or white, whichever is easier to read on a colour.
  const inks = new Map();
  function ink(colour) {
    let c = inks.get(colour);
    if (c) return c;
    const probe = document.createElement("canvas").getContext("2d");
    probe.fillStyle = colour;
    probe.fillRect(0, 0, 1, 1);
    const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
    c = 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#111" : "#fff";
    inks.set(colour, c);
    return c;
  }

  function drawLabel(i, named, size) {
    const row = rows[i], y = top(i);
    ctx.fillStyle = i === selected ? css.chosen : hitSet.has(i) ? css.mark : css.paper;
    if (named) ctx.fillRect(0, y, labels, at.rh);
    ctx.fillStyle = stripe(row);
    ctx.fillRect(0, y, named ? 6 : 9, Math.max(1, at.rh - (named ? 1 : 0)));
    if (!named) return;
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, y, labels - 4, at.rh);
    ctx.clip();
    ctx.font = mono(size);
    ctx.textBaseline = "middle";
    ctx.fillStyle = row.F >= 2 ? css.faint : css.ink;
    ctx.fillText(label(row), 11, y + at.rh / 2);
    ctx.restore();
  }

  // arrows lead from the producers of the selected instruction's operands.
  function arrows() {
    if (selected < 0 || !rows[selected].O) return;
    ctx.strokeStyle = ctx.fillStyle = css.accent;
    ctx.lineWidth = 1.5;
    for (const [n, cycle] of rows[selected].O) {
      const from = indexOf.get(n);
      if (from === undefined || cycle < 0) continue;
      const x = left(cycle), y0 = top(from) + at.rh / 2, y1 = top(selected) + at.rh * 0.35;
      ctx.beginPath();
      ctx.moveTo(x, y0);
      ctx.lineTo(x, y1);
      ctx.stroke();
      ctx.beginPath();
      ctx.arc(x, y0, 3, 0, 7);
      ctx.moveTo(x, y1 + 3);
      ctx.lineTo(x - 4, y1 - 4);
      ctx.lineTo(x + 4, y1 - 4);
      ctx.fill();
    }
  }

  function where(first, last) {
    const a = Math.max(data.From, Math.floor(cycleAt(labels))), b = Math.min(data.Until, Math.ceil(cycleAt(width)));
    $("where").textContent = rows.length === 0 ? "no instruction" : `rows ${first + 1}–${last} of ${rows.length}, cycles ${a}–${Math.max(a, b - 1)}`;
  }

  // What is said of an instruction.
  const element = (name, text, cls) => {
    const e = document.createElement(name);
    if (text !== undefined) e.textContent = text;
    if (cls) e.className = cls;
    return e;
  };
  const times = (from, until) => until - from === 1 ? `${from}` : `${from}–${until - 1}`;
  const cycles = n => n === 1 ? "1 cycle" : `${n} cycles`;

  function swatch(colour) {
    const s = element("span", undefined, "swatch");
    s.style.background = colour;
    return s;
  }

  // reference writes a text with its #number as a button that goes there.
  function reference(text, number) {
    const cell = element("td"), name = `#${number}`, i = indexOf.get(number);
    if (i === undefined || !text.includes(name)) {
      cell.textContent = text;
      return cell;
    }
    const [before, ...after] = text.split(name);
    const b = element("button", name, "to");
    b.type = "button";
    b.addEventListener("click", () => select(i, true));
    cell.append(before, b, after.join(name));
    return cell;
  }

  function line(table, colour, content, from, until, cycle) {
    const tr = table.insertRow();
    if (cycle >= from && cycle < until) tr.className = "now";
    content.prepend(swatch(colour));
    const when = element("td", times(from, until), "n"), long = element("td", cycles(until - from), "n");
    tr.append(content, when, long);
  }

  function table(caption) {
    const t = element("table");
    t.createCaption().textContent = caption;
    return t;
  }

  function describe(i, cycle) {
    const row = rows[i], box = document.createDocumentFragment();
    box.append(element("p", `#${row.N}  ${texts[row.A]}: ${texts[row.I]}`, "what"));
    const who = element("p", undefined, "who");
    who.append(swatch(stripe(row)), `thread ${row.T}, ${data.programs[row.P] ?? "program " + row.P}`, crowded.has(row.P) ? `, software thread ${row.S}` : "", " · ");
    who.append(element("span", data.Fates[row.F], row.F >= 2 ? "bad" : ""));
    for (const x of row.X || []) {
      who.append(" · ");
      who.append(element("b", texts[x]));
    }
    if (row.R >= 0) who.append(` · has its operands in cycle ${row.R}`);
    box.append(who);
    const stagesTable = table("Stages");
    for (let k = 0; k < row.G.length; k += 3) line(stagesTable, fill(row, row.G[k]), element("td", stages[row.G[k]].Name), row.G[k + 1], row.G[k + 2], cycle);
    box.append(stagesTable);
    if (row.Q) {
      const waits = table("Why it waited");
      for (const [from, until, code, text, uop] of row.Q) line(waits, waitColour(texts[code]), reference(texts[text], uop), from, until, cycle);
      box.append(waits);
    }
    return box;
  }

  function select(i, show) {
    if (rows.length === 0) return;
    selected = Math.max(0, Math.min(rows.length - 1, i));
    $("details").replaceChildren(describe(selected, -1));
    if (show) reveal(selected);
    redraw();
  }

  // reveal moves the diagram so that a row's beginning is seen.
  function reveal(i) {
    const n = visibleRows();
    if (i < at.y || i >= at.y + n - 1) at.y = i - Math.floor(n / 3);
    const start = rows[i].G[1], end = rows[i].G[rows[i].G.length - 1], span = visibleCycles();
    if (end < at.x + 1 || start > at.x + span - 1) at.x = start - span * 0.12;
  }

  // near reports whether a pointer means row i: where rows are thin it has to be
  // on the row's own cycles.
  function near(i, px) {
    const g = rows[i].G;
    return at.rh >= 3 || px > left(g[1]) - 12 && px < left(g[g.length - 1]) + 12;
  }

  function hover(event) {
    const box = canvas.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
    const i = py < ruler ? -1 : rowAt(py);
    const was = hovered;
    hovered = i >= 0 && i < rows.length && near(i, px) ? i : -1;
    if (hovered < 0 || event.buttons) tip.hidden = true;
    else {
      tip.replaceChildren(describe(hovered, px < labels ? -1 : Math.floor(cycleAt(px))));
      tip.hidden = false;
      const w = tip.offsetWidth, h = tip.offsetHeight;
      tip.style.left = `${Math.max(4, px + 18 + w < width ? px + 18 : px - w - 18)}px`;
      tip.style.top = `${Math.max(4, Math.min(py + 14, height - h - 6))}px`;
    }
    if (was !== hovered) redraw();
  }

  // Moving about.
  function zoom(factor, px, py) {
    const c = cycleAt(px), r = at.y + (py - ruler) / at.rh;
    at.cw *= factor;
    at.rh *= factor;
    clamp();
    at.x = c - (px - labels) / at.cw;
    at.y = r - (py - ruler) / at.rh;
    redraw();
  }
  const zoomMiddle = factor => {
    const row = selected >= at.y && selected < at.y + visibleRows() ? selected : at.y + visibleRows() / 3;
    zoom(factor, Math.max(labels, Math.min(width - 40, left(begins(row)))), top(row));
  };

  // scroll moves along the diagonal: where the rows go, their cycles go.
  function scroll(n) {
    const before = begins(at.y);
    at.y += n;
    clamp();
    at.x += begins(at.y) - before;
    redraw();
  }

  function fit() {
    labels = 12;
    at.rh = (height - ruler) / Math.max(1, rows.length);
    at.cw = (width - labels - 8) / Math.max(1, data.Until - data.From);
    at.x = data.From;
    at.y = 0;
    at.rh = Math.min(at.rh, usual.rh);
    redraw();
  }
  function home() { Object.assign(at, usual, { x: data.From, y: 0 }); redraw(); }

  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? height : 1, box = canvas.getBoundingClientRect();
    let dx = event.deltaX * unit, dy = event.deltaY * unit;
    if (event.ctrlKey || event.metaKey) return zoom(Math.exp(-dy * 0.002), Math.max(labels, event.clientX - box.left), Math.max(ruler, event.clientY - box.top));
    if (event.shiftKey) [dx, dy] = [dx + dy, 0];
    at.x += dx / at.cw;
    if (dy) scroll(dy / at.rh);
    hover(event);
    redraw();
  }, { passive: false });

  let drag = null;
  canvas.addEventListener("pointerdown", event => {
    drag = { px: event.clientX, py: event.clientY, x: at.x, y: at.y, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", event => {
    if (drag && event.buttons) {
      const dx = event.clientX - drag.px, dy = event.clientY - drag.py;
      drag.moved = drag.moved || Math.abs(dx) + Math.abs(dy) > 4;
      if (drag.moved) {
        at.x = drag.x - dx / at.cw;
        at.y = drag.y - dy / at.rh;
        redraw();
      }
    }
    hover(event);
  });
  canvas.addEventListener("pointerup", event => {
    if (drag && !drag.moved && hovered >= 0) select(hovered, false);
    drag = null;
    canvas.focus();
  });
  canvas.addEventListener("pointerleave", () => { hovered = -1; tip.hidden = true; redraw(); });

  // Search: an address in hex, #number, or part of the disassembly.
  function find() {
    const q = $("query").value.trim().toLowerCase();
    const address = /^(0x)?[0-9a-f]+$/.test(q) ? q.replace(/^0x/, "").replace(/^0+(?=.)/, "") : null;
    const fits = texts.map(t => q !== "" && t.toLowerCase().includes(q));
    hits = [];
    if (q.startsWith("#")) {
      const i = indexOf.get(Number(q.slice(1)));
      if (q.length > 1 && i !== undefined) hits.push(i);
    } else if (q) {
      rows.forEach((r, i) => { if (texts[r.A] === address || !q.startsWith("0x") && fits[r.I]) hits.push(i); });
    }
    hitSet = new Set(hits);
    told();
    redraw();
  }
  function told() {
    const n = hits.indexOf(selected);
    $("found").textContent = $("query").value.trim() === "" ? "" : hits.length === 0 ? "not found" : n < 0 ? `${hits.length} found` : `${n + 1} of ${hits.length}`;
  }
  function next(direction) {
    if (hits.length === 0) return;
    let to = direction > 0 ? hits.find(i => i > selected) : hits.findLast(i => i < selected);
    if (to === undefined) to = direction > 0 ? hits[0] : hits[hits.length - 1];
    select(to, true);
    told();
  }
  $("query").addEventListener("input", find);
  $("search").addEventListener("submit", event => { event.preventDefault(); next(1); });
  $("previous").addEventListener("click", () => next(-1));

  // blamed is the instruction that the selected one waited for longest.
  function blamed() {
    const waits = (rows[selected]?.Q || []).filter(q => indexOf.has(q[4]));
    waits.sort((a, b) => (b[1] - b[0]) - (a[1] - a[0]));
    if (waits.length) select(indexOf.get(waits[0][4]), true);
  }

  const page = () => Math.max(1, Math.floor(visibleRows()) - 2);
  const keys = {
    ArrowDown: () => select(selected < 0 ? Math.ceil(at.y) : selected + 1, true),
    ArrowUp: () => select(selected < 0 ? Math.ceil(at.y) : selected - 1, true),
    ArrowLeft: () => { at.x -= visibleCycles() * 0.15; redraw(); },
    ArrowRight: () => { at.x += visibleCycles() * 0.15; redraw(); },
    PageDown: () => scroll(page()),
    PageUp: () => scroll(-page()),
    Home: () => select(0, true),
    End: () => select(rows.length - 1, true),
    "+": () => zoomMiddle(1.25), "=": () => zoomMiddle(1.25), "-": () => zoomMiddle(0.8),
    "0": fit, "1": home, n: () => next(1), N: () => next(-1), p: blamed,
    "/": () => $("query").focus(),
    Escape: () => { selected = -1; $("details").replaceChildren(hint()); redraw(); },
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches?.("input, select")) {
      if (event.key === "Escape") canvas.focus();
      return;
    }
    if (event.target.matches?.("button") && (event.key === "Enter" || event.key === " ")) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  $("in").addEventListener("click", () => zoomMiddle(1.25));
  $("out").addEventListener("click", () => zoomMiddle(0.8));
  $("fit").addEventListener("click", fit);
  $("home").addEventListener("click", home);
  $("colour").addEventListener("change", () => {
    legend();
    if (selected >= 0) select(selected, false);
    redraw();
  });

  function legend() {
    const parts = [], used = new Set();
    for (const r of rows) for (let k = 0; k < r.G.length; k += 3) used.add(r.G[k]);
    const entry = (colour, text, doc) => {
      const e = element("span");
      e.title = doc;
      e.append(swatch(colour), text);
      parts.push(e);
    };
    if (byThread()) {
      for (const t of [...new Set(rows.map(r => r.T))].sort((a, b) => a - b)) entry(stripe({ T: t }), `thread ${t}`, "stages differ in lightness");
    } else {
      stages.forEach((s, k) => { if (used.has(k)) entry(fill({ T: 0 }, k), `${s.Letter} ${s.Name}`, s.Doc); });
    }
    const codes = new Set();
    for (const r of rows) for (const q of r.Q || []) codes.add(texts[q[2]]);
    const groups = new Map(); // colours of the line below a row
    for (const code of codes) {
      const colour = waitColour(code);
      if (!groups.has(colour)) groups.set(colour, []);
      groups.get(colour).push(code);
    }
    if (groups.size) parts.push(element("b", "the line below, why it waits: "));
    for (const [colour, names] of groups) entry(colour, names.join(", "), "hover or select an instruction to read the whole");
    $("legend").replaceChildren(...parts);
  }

  const hint = () => element("p", "Select an instruction (click, or ↑ ↓) to see its stages and why it waited.", "who");
  function restyle() { colours(); inks.clear(); legend(); redraw(); }
  dark.addEventListener("change", restyle);
  $("colour").value = new Set(rows.map(r => r.T)).size > 1 ? "thread" : "stage";
  $("details").replaceChildren(hint());
  new ResizeObserver(resize).observe($("plot"));
  restyle();
  resize();
})();
