"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const map = document.getElementById("drawing");
  const panel = document.getElementById("panel");
  const ring = document.getElementById("ring");
  const state = document.getElementById("state");
  const find = document.getElementById("find");
  const places = new Map(data.places.map(([id, x, y, primary, backup]) => [id, { id, x, y, primary, backup }]));
  const byId = (selector) => new Map([...map.querySelectorAll(selector)].map((node) => [node.dataset.id, node]));
  const links = byId(".links path");
  const dots = byId(".dots g");
  let chosen = null;

  // What is coloured: the normal load or the worst failure.
  const view = () => { map.dataset.view = document.querySelector("input[name=view]:checked").value; };
  for (const input of document.querySelectorAll("input[name=view]")) input.addEventListener("change", view);
  view();

  // A chosen place: its card, and its paths drawn over the others.
  function choose(id) {
    for (const path of links.values()) path.classList.remove("on-p", "on-b");
    chosen = places.get(id) || null;
    map.classList.toggle("chosen", chosen !== null);
    if (!chosen) return;
    const card = document.getElementById("t-" + id);
    if (card) panel.replaceChildren(card.content.cloneNode(true));
    for (const [ids, name] of [[chosen.backup, "on-b"], [chosen.primary, "on-p"]]) {
      for (const link of ids) {
        const path = links.get(link);
        if (path) { path.classList.add(name); path.parentNode.append(path); }
      }
    }
    ring.setAttribute("d", `M${chosen.x} ${chosen.y}l.01 0`);
  }

  // A failure: what it takes down, whom it cuts off.
  function fail(id) {
    for (const path of links.values()) path.classList.remove("down");
    for (const dot of dots.values()) dot.classList.remove("cut");
    const [down, cut] = data.states[id] || [[], []];
    map.classList.toggle("failing", id !== "");
    for (const link of down) links.get(link)?.classList.add("down");
    for (const site of cut) dots.get(site)?.classList.add("cut");
  }
  state.addEventListener("change", () => { choose(null); fail(state.value); });
  for (const button of document.querySelectorAll("button.show")) {
    button.addEventListener("click", () => {
      state.value = button.dataset.state;
      state.dispatchEvent(new Event("change"));
      document.getElementById("map").scrollIntoView();
    });
  }

  // Zoom and drag: only the view box changes, symbols keep their size.
  const whole = { x: 0, y: 0, w: data.width, h: data.height };
  let box = { ...whole };
  function show(next) {
    const w = Math.min(whole.w, Math.max(whole.w / 12, next.w));
    const h = (w * whole.h) / whole.w;
    box = {
      w, h,
      x: Math.min(whole.w - w, Math.max(0, next.x)),
      y: Math.min(whole.h - h, Math.max(0, next.y)),
    };
    map.setAttribute("viewBox", `${box.x} ${box.y} ${box.w} ${box.h}`);
    map.style.setProperty("--z", whole.w / box.w);
    map.classList.toggle("zoomed", box.w < whole.w - 1e-6);
  }
  function zoom(factor, at) {
    const middle = at || chosen || { x: box.x + box.w / 2, y: box.y + box.h / 2 };
    const w = box.w / factor, h = box.h / factor;
    const fx = at ? (at.x - box.x) / box.w : 0.5, fy = at ? (at.y - box.y) / box.h : 0.5;
    show({ x: middle.x - w * fx, y: middle.y - h * fy, w, h });
  }
  document.getElementById("zoom-in").addEventListener("click", () => zoom(1.8));
  document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / 1.8));
  document.getElementById("zoom-reset").addEventListener("click", () => show(whole));
  map.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, local(event));
  }, { passive: false });

  function local(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    return { x: point.x, y: point.y };
  }
  function nearest(event, pixels) {
    const at = local(event), unit = map.getScreenCTM().a;
    let best = null, distance = pixels / unit;
    for (const place of places.values()) {
      const d = Math.hypot(place.x - at.x, place.y - at.y);
      if (d < distance) { best = place.id; distance = d; }
    }
    return best;
  }
  let drag = null, pinned = false;
  map.addEventListener("pointerdown", (event) => { drag = { at: local(event), x: event.clientX, y: event.clientY, moved: false }; });
  map.addEventListener("pointermove", (event) => {
    if (drag && map.classList.contains("zoomed")) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > 4) drag.moved = true;
      if (drag.moved) { const now = local(event); show({ ...box, x: box.x + drag.at.x - now.x, y: box.y + drag.at.y - now.y }); }
    } else if (event.pointerType === "mouse" && !pinned && !drag) {
      const id = nearest(event, 14);
      if (id !== (chosen && chosen.id)) { if (id) choose(id); }
    }
  });
  map.addEventListener("pointerleave", () => { drag = null; });
  map.addEventListener("pointerup", (event) => {
    const moved = drag && drag.moved;
    drag = null;
    if (moved) return;
    const id = nearest(event, 24);
    pinned = id !== null;
    choose(id);
  });

  // Arrow keys: to the nearest place in that direction.
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  map.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { choose(null); pinned = false; return; }
    if (event.key === "+" || event.key === "-") { zoom(event.key === "+" ? 1.8 : 1 / 1.8); return; }
    const arrow = arrows[event.key];
    if (!arrow) return;
    event.preventDefault();
    pinned = true;
    if (!chosen) { choose(data.places[data.places.length - 1][0]); return; }
    let best = null, least = Infinity;
    for (const place of places.values()) {
      const dx = place.x - chosen.x, dy = place.y - chosen.y;
      const ahead = dx * arrow[0] + dy * arrow[1], aside = Math.abs(dx * arrow[1]) + Math.abs(dy * arrow[0]);
      if (ahead > 0.01 && ahead + 2 * aside < least) { best = place; least = ahead + 2 * aside; }
    }
    if (best) {
      choose(best.id);
      if (map.classList.contains("zoomed")) show({ ...box, x: best.x - box.w / 2, y: best.y - box.h / 2 });
    }
  });
  find.addEventListener("input", () => {
    const id = /\(([^()]+)\)$/.exec(find.value);
    if (id && places.has(id[1])) { pinned = true; choose(id[1]); }
  });
  for (const row of document.querySelectorAll("tr[data-place]")) {
    row.addEventListener("click", () => {
      if (String(getSelection()) !== "") return;
      pinned = true;
      choose(row.dataset.place);
      document.getElementById("map").scrollIntoView();
    });
  }

  // Searchable tables: every word must occur; diacritics and case do not count.
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase();
  for (const input of document.querySelectorAll("input[data-table]")) {
    const rows = [...document.querySelectorAll(`#${input.dataset.table} tbody tr`)];
    const output = input.parentNode.querySelector("output");
    let texts = null;
    const filter = () => {
      texts ||= rows.map((row) => plain(row.textContent));
      const words = plain(input.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, index) => {
        row.hidden = !words.every((word) => texts[index].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      output.textContent = words.length ? output.dataset.text.replace("{shown}", shown).replace("{total}", rows.length) : "";
    };
    input.addEventListener("input", filter);
  }
})();
