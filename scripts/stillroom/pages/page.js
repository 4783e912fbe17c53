"use strict";
// Everything of the project is put in as text, never as HTML: names and comments are anybody's.
const data = JSON.parse(document.getElementById("data").textContent);
const tables = new Map(data.tables.map((table) => [table.name, table]));
const revisions = new Map(data.revisions.map((revision) => [revision.id, revision]));
const picture = document.getElementById("picture").content.querySelector("svg");
const boxes = new Map([...picture.querySelectorAll("g.table")].map((box) => [box.dataset.table, box]));
const main = document.getElementById("main");
const search = document.getElementById("search");
const SVG = "http://www.w3.org/2000/svg";
const MOST_FULL = 6; // neighbours that are drawn with their columns

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const hash = (kind, name = "") => `#/${kind}${name && "/" + encodeURIComponent(name)}`;
const tableLink = (name) => (tables.has(name) ? make("a", { href: hash("table", name) }, name) : name);
const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function revisionLink(id) {
  const known = revisions.get(id);
  const title = known ? [known.date, known.doc].filter(Boolean).join(" ") : "";
  return make("a", { href: hash("revision", id), title, class: "code" }, id);
}

function joined(nodes, between = ", ") {
  return nodes.flatMap((node, at) => (at ? [between, node] : [node]));
}

function rows(head, lines) {
  const body = lines.map((cells) => make("tr", {}, ...cells.map((cell) => {
    const [content, kind] = cell && cell.kind ? [cell.content, cell.kind] : [cell, ""];
    return make("td", kind ? { class: kind } : {}, ...[content].flat());
  })));
  const top = make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name))));
  return make("div", { class: "scroll" }, make("table", {}, top, make("tbody", {}, ...body)));
}

const code = (text) => ({ kind: "code", content: text });

// The diagram

function linksAmong(names) {
  return data.tables.flatMap((table) => table.refers
    .filter((key) => names.has(table.name) && names.has(key.table))
    .map((key) => [table.name, key.table]));
}

function neighbours(name) {
  const table = tables.get(name);
  return new Set([name, ...table.refers.map((key) => key.table), ...table.referred.map((key) => key.table)]
    .filter((other) => tables.has(other)));
}

function sized(name, brief) {
  const box = boxes.get(name).cloneNode(true);
  const [outer] = box.querySelectorAll("rect");
  if (brief) {
    outer.setAttribute("height", 26);
    for (const part of box.querySelectorAll("rect.row, text:not(.head)")) part.remove();
  }
  return { box, width: Number(outer.getAttribute("width")), height: Number(outer.getAttribute("height")) };
}

function laidOut(names, center) {
  const drawn = new Map([...names].map((name) => [name, sized(name, name !== center && names.size > MOST_FULL)]));
  const graph = new dagre.graphlib.Graph({ multigraph: false });
  graph.setGraph({ rankdir: "RL", ranksep: 90, nodesep: 22 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [name, { width, height }] of drawn) graph.setNode(name, { width, height });
  const links = linksAmong(names);
  for (const [child, parent] of links) if (child !== parent) graph.setEdge(child, parent);
  dagre.layout(graph);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "schema");
  for (const [child, parent] of links) svg.append(path(graph.node(child), graph.node(parent), child, parent));
  for (const [name, { box, width, height }] of drawn) {
    const { x, y } = graph.node(name);
    box.setAttribute("transform", `translate(${x - width / 2} ${y - height / 2})`);
    if (name === center) box.classList.add("center");
    svg.append(box);
  }
  const { width = 100, height = 100 } = graph.graph();
  svg.setAttribute("viewBox", `-20 -20 ${Math.max(width, 100) + 40} ${Math.max(height, 60) + 40}`);
  return svg;
}

function path(child, parent, from, to) {
  const line = document.createElementNS(SVG, "path");
  const y1 = child.y - child.height / 2 + 13, y2 = parent.y - parent.height / 2 + 13;
  const x1 = child.x - child.width / 2, x2 = parent.x + parent.width / 2, right = child.x + child.width / 2;
  const bend = Math.max((x1 - x2) / 2, 40);
  line.setAttribute("d", x1 >= x2
    ? `M${x1} ${y1}C${x1 - bend} ${y1} ${x2 + bend} ${y2} ${x2} ${y2}`
    : `M${right} ${y1 + 6}C${Math.max(right, x2) + 50} ${y1} ${Math.max(right, x2) + 50} ${y2} ${x2} ${y2}`);
  line.dataset.from = from;
  line.dataset.to = to;
  return line;
}

function canvas(svg, kind = "") {
  const frame = make("div", { class: `canvas ${kind}`, tabindex: "0", role: "group", "aria-label": "diagram: arrows move it, + and - zoom, 0 shows all" });
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  // From the start, or a browser would first measure thousands of texts that nobody can read.
  svg.classList.toggle("far", svg.querySelectorAll("g.table").length > 60);
  const whole = svg.getAttribute("viewBox").split(" ").map(Number);
  let view = [...whole];
  const show = () => {
    svg.setAttribute("viewBox", view.map((number) => number.toFixed(1)).join(" "));
    const scale = Math.min(frame.clientWidth / view[2], frame.clientHeight / view[3]);
    svg.classList.toggle("far", scale < 0.45 && boxes.size > 8);
  };
  const zoom = (by, x = view[0] + view[2] / 2, y = view[1] + view[3] / 2) => {
    const width = Math.min(Math.max(view[2] * by, 150), whole[2] * 1.5), real = width / view[2];
    view = [x - (x - view[0]) * real, y - (y - view[1]) * real, width, view[3] * real];
    show();
  };
  const move = (x, y) => { view[0] += x * view[2]; view[1] += y * view[3]; show(); };
  const fit = () => { view = [...whole]; show(); };
  const steps = { "+": () => zoom(0.8), "=": () => zoom(0.8), "-": () => zoom(1.25), 0: fit,
    ArrowLeft: () => move(-0.1, 0), ArrowRight: () => move(0.1, 0), ArrowUp: () => move(0, -0.1), ArrowDown: () => move(0, 0.1) };
  frame.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.dataset.table) location.hash = hash("table", event.target.dataset.table);
    else if (steps[event.key] && !event.ctrlKey && !event.metaKey) { steps[event.key](); event.preventDefault(); }
  });
  const at = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  };
  frame.addEventListener("wheel", (event) => { zoom(event.deltaY > 0 ? 1.15 : 0.87, ...at(event)); event.preventDefault(); }, { passive: false });
  let held = null, moved = false;
  svg.addEventListener("pointerdown", (event) => { held = at(event); moved = false; });
  svg.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [x, y] = at(event);
    if (Math.hypot(x - held[0], y - held[1]) > view[2] / 200) moved = true;
    view[0] -= x - held[0]; view[1] -= y - held[1];
    show();
  });
  for (const end of ["pointerup", "pointerleave"]) svg.addEventListener(end, () => { held = null; });
  svg.addEventListener("click", (event) => {
    const box = event.target.closest("g.table");
    if (box && !moved) location.hash = hash("table", box.dataset.table);
  });
  svg.addEventListener("pointerover", (event) => {
    const name = event.target.closest("g.table")?.dataset.table;
    for (const line of svg.querySelectorAll("path")) line.classList.toggle("lit", name !== undefined && (line.dataset.from === name || line.dataset.to === name));
  });
  for (const box of svg.querySelectorAll("g.table")) prepared(box);
  frame.append(svg);
  new ResizeObserver(show).observe(frame);
  const button = (text, title, act) => { const made = make("button", { type: "button", title, "aria-label": title }, text); made.addEventListener("click", act); return made; };
  return { frame, tools: [button("+", "zoom in", () => zoom(0.7)), button("−", "zoom out", () => zoom(1.4)), button("Fit", "show all", fit)] };
}

function prepared(box) {
  const [outer] = box.querySelectorAll("rect");
  const width = Number(outer.getAttribute("width")), height = Number(outer.getAttribute("height"));
  const head = box.querySelector("text.head");
  const size = Math.max(12, Math.min(44, (width - 16) / (Math.max(head.textContent.length, 1) * 0.62), height * 0.7));
  head.style.setProperty("--far", `${size}px`);
  head.style.setProperty("--drop", `${Math.max(height / 2 - 17 + size / 3, 0)}px`);
  box.setAttribute("tabindex", "0");
  box.setAttribute("role", "link");
}

function diagram() {
  main.classList.add("full");
  const summary = `${counted(tables.size, "table")}, ${counted(revisions.size, "revision")}, for ${data.target}`;
  main.append(make("h1", {}, `${data.title} at ${data.at}`), make("p", { class: "note" }, summary), ...reason());
  if (!tables.size) { main.append(make("p", {}, "There are no tables.")); return; }
  const groups = [...new Set(data.tables.map((table) => table.group))].filter(Boolean).sort();
  const choice = make("select", { "aria-label": "which tables" }, make("option", { value: "" }, `All ${tables.size} tables`),
    ...groups.map((name) => make("option", { value: name }, `${name}_… (${data.tables.filter((table) => table.group === name).length})`)));
  const tools = make("div", { class: "tools" });
  let shown = null;
  const draw = () => {
    shown?.frame.remove();
    const chosen = new Set(data.tables.filter((table) => table.group === choice.value).map((table) => table.name));
    shown = canvas(choice.value ? laidOut(chosen) : picture.cloneNode(true));
    tools.replaceChildren(choice, ...shown.tools);
    main.append(shown.frame);
    faded();
  };
  choice.addEventListener("change", draw);
  main.append(tools);
  draw();
}

function faded() {
  const fitting = new Set(found().map(({ table }) => table.name));
  for (const box of main.querySelectorAll("g.table")) box.classList.toggle("faded", !fitting.has(box.dataset.table));
}

// A table

function tablePage(name, full = true) {
  const table = tables.get(name);
  const section = make("section", { "aria-label": name }, make(full ? "h1" : "h2", {}, full ? name : make("a", { href: hash("table", name) }, name)));
  if (table.comment) section.append(make("p", {}, table.comment));
  const facts = [table.engine, table.collation].filter(Boolean).join(", ");
  section.append(make("p", { class: "note" }, `${facts}. `, ...(table.revisions.length ? ["Revisions: ", ...joined(table.revisions.map(revisionLink))] : [])));
  if (full) {
    const { frame, tools } = canvas(laidOut(neighbours(name), name), "near");
    section.append(make("div", { class: "tools" }, ...tools), frame);
  }
  section.append(make("h2", {}, "Columns"), rows(["Name", "Type", "", "Comment", "Brought and changed by"], table.columns.map((column) =>
    [code(column.name), code(column.type), code(column.rest), column.comment, joined(column.revisions.map(revisionLink))])));
  if (table.keys.length) section.append(make("h2", {}, "Keys and checks"), rows(["Name", "What"], table.keys.map((key) => [code(key.name), code(key.text)])));
  if (table.refers.length) section.append(make("h2", {}, "Refers to"), rows(["Table", "Foreign key", "Name"], table.refers.map((key) => [tableLink(key.table), code(key.key), code(key.name)])));
  if (table.referred.length) section.append(make("h2", {}, "Is referred to by"), rows(["Table", "Columns"], table.referred.map((key) => [tableLink(key.table), code(key.columns)])));
  if (full) section.append(make("details", {}, make("summary", {}, "SHOW CREATE TABLE"), make("pre", {}, table.sql)));
  return section;
}

// The history

function reason() {
  const database = data.database ? [make("p", { class: "database" }, data.database)] : [];
  return [...database, ...(data.reason ? [make("p", { class: "reason", role: "alert" }, `The history cannot be replayed to its end. What is shown is as far as it got.\n${data.reason}`)] : [])];
}

function history(id) {
  main.append(make("h1", {}, "History"), make("p", { class: "note" }, `${counted(revisions.size, "revision")}, the newest first`), ...reason());
  const line = make("ol", { class: "line" }, ...[...data.revisions].reverse().map((revision) => revisionItem(revision, revision.id === id)));
  main.append(line);
}

function revisionItem(revision, open) {
  const item = make("li", { id: `r-${revision.id}` }, make("b", {}, revision.doc || "no title"), " ",
    ...(revision.applied === false ? [make("span", { class: "warning" }, "not applied yet"), " "] : []),
    make("span", { class: "note" }, revisionLink(revision.id), revision.date ? ` ${revision.date}` : "", revision.down.length > 1 ? ` joins ${revision.down.join(", ")}` : ""));
  const costs = [...new Set(revision.statements.map((statement) => statement.cost).filter(Boolean))];
  if (costs.length) item.append(make("div", { class: costs.some((cost) => cost.includes("blocks") && !cost.startsWith("INSTANT")) ? "warning" : "note" }, costs.join("; ")));
  for (const loss of revision.statements.flatMap((statement) => statement.losses)) item.append(make("div", { class: "error" }, `Loses data: ${loss}`));
  for (const finding of revision.findings) item.append(make("div", { class: finding.severity }, `${finding.code} ${finding.what}`));
  if (revision.words.length) {
    const words = revision.words.map((word) => make("li", {}, word));
    if (revision.moreWords) words.push(make("li", {}, `… and ${revision.moreWords} more`));
    item.append(make("ul", {}, ...words));
  }
  const statements = revision.statements.map((statement) => `${statement.sql.trim()};`);
  if (revision.moreStatements) statements.push(`-- and ${revision.moreStatements} more`);
  if (statements.length) item.append(make("details", open ? { open: "" } : {}, make("summary", {}, `${revision.file}: ${counted(statements.length, "statement")}`), make("pre", {}, statements.join("\n"))));
  return item;
}

// Search and views

function found() {
  const wanted = search.value.trim().toLowerCase();
  if (!wanted) return data.tables.map((table) => ({ table, why: "" }));
  const fits = (text) => text.toLowerCase().includes(wanted);
  const first = [], second = [];
  for (const table of data.tables) {
    if (fits(table.name)) { first.push({ table, why: "" }); continue; }
    const column = table.columns.find((one) => fits(one.name) || fits(one.comment));
    if (column || fits(table.comment)) second.push({ table, why: column ? `${column.name} ${column.comment}` : table.comment });
  }
  return [...first, ...second];
}

function list() {
  const here = location.hash;
  document.getElementById("list").replaceChildren(...found().map(({ table, why }) => {
    const href = hash("table", table.name);
    return make("li", {}, make("a", href === here ? { href, "aria-current": "page" } : { href }, table.name, ...(why ? [make("small", {}, why)] : [])));
  }));
}

function show() {
  const [, kind = "", name = ""] = location.hash.split("/").map(decodeURIComponent);
  main.replaceChildren();
  main.classList.remove("full");
  if (kind === "table" && tables.has(name)) main.append(tablePage(name));
  else if (kind === "history" || kind === "revision") history(name);
  else if (kind === "all") main.append(make("h1", {}, `${data.title} at ${data.at}`), ...data.tables.map((table) => tablePage(table.name, false)));
  else diagram();
  for (const link of document.querySelectorAll("#views a")) link.toggleAttribute("aria-current", link.getAttribute("href") === location.hash);
  list();
  main.scrollTop = 0;
  if (kind === "revision") document.getElementById(`r-${name}`)?.scrollIntoView();
}

search.addEventListener("input", () => { list(); if (main.classList.contains("full")) faded(); });
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && found().length) location.hash = hash("table", found()[0].table.name);
  if (event.key === "Escape") { search.value = ""; search.dispatchEvent(new Event("input")); search.blur(); }
});
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, .canvas") || event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key !== "/" || event.target.closest("input")) return;
  }
  const views = { d: "#/", h: "#/history", a: "#/all" };
  if (event.key === "/") { search.focus(); search.select(); event.preventDefault(); }
  else if (views[event.key]) location.hash = views[event.key];
});
document.getElementById("theme").addEventListener("click", () => {
  const style = document.documentElement.style;
  const dark = style.colorScheme ? style.colorScheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  style.colorScheme = dark ? "light" : "dark";
});
document.getElementById("title").append(data.title);
addEventListener("hashchange", show);
show();
