// What the page does without asking the server: citations, copying, editing in place, sheets, saving files.
(() => {
  const narrow = () => matchMedia("(max-width: 900px)").matches;
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const by = (id) => document.getElementById(id);
  const behaviour = () => (calm() ? "auto" : "smooth");
  const turnOf = (node) => Number(node.closest("[data-turn]")?.dataset.turn ?? -1);
  const running = () => by("pc-transcript")?.querySelector('[data-state="running"]');

  function made(tag, attributes, text) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  async function copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1200);
  }

  function answerText(turn) {
    const copyOf = turn.querySelector(".pc-answer").cloneNode(true);
    copyOf.querySelectorAll(".pc-cite").forEach((cite) => cite.replaceWith(`[${cite.dataset.cite}]`));
    copyOf.querySelectorAll("li").forEach((item) => item.prepend("- "));
    return copyOf.textContent.replace(/\n{3,}/g, "\n\n").trim();
  }

  // --- sources: a column beside the answer; on a phone a sheet over it

  function openSheet(open) {
    const aside = by("pc-aside");
    aside.classList.toggle("unfolded", open);
    document.body.classList.toggle("pc-sheet", open && narrow());
    document.querySelectorAll("#pc-side, #pc-talk, #pc-tabs > .tab-wrapper").forEach((part) => (part.inert = open && narrow()));
    for (const [name, value] of [["role", "dialog"], ["aria-modal", "true"], ["aria-label", "Sources"]]) {
      if (open && narrow()) aside.setAttribute(name, value);
      else aside.removeAttribute(name);
    }
  }

  // Scrolls so that the source begins at the top, or further, until its marked quote is in sight.
  function reveal(source) {
    const view = by("pc-aside");
    const frame = view.getBoundingClientRect();
    const quote = source.querySelector("mark")?.getBoundingClientRect();
    const top = source.getBoundingClientRect().top;
    const head = view.querySelector(".pc-panel-head")?.offsetHeight ?? 0;
    const beyond = quote ? Math.max(0, quote.bottom - top - (view.clientHeight - 130)) : 0;
    view.scrollTo({ top: view.scrollTop + top - frame.top - head + beyond, behavior: behaviour() });
  }

  // Opens source `number` in the panel, when the panel shows that turn.
  function openSource(turn, number) {
    const panel = by("pc-sources")?.querySelector(`.pc-panel[data-turn="${turn}"]`);
    const source = panel?.querySelector(`.pc-source[data-number="${number}"]`);
    if (!source) return openClosest(panel);
    openSheet(true);
    panel.querySelectorAll(".pc-source details[open]").forEach((other) => (other.open = false));
    const details = source.querySelector("details");
    if (details) details.open = true;
    panel.querySelectorAll(".pc-source.chosen").forEach((other) => other.classList.remove("chosen"));
    source.classList.add("chosen");
    reveal(source);
    const target = details?.querySelector("summary") ?? source;
    setTimeout(() => target.focus({ preventScroll: true }), narrow() ? 60 : 0); // a sheet can be focused once it is visible
    return true;
  }

  // Of an answer without sources: the papers that come closest.
  function openClosest(panel) {
    if (!panel || panel.querySelector(`.pc-source:not([data-number=""])`)) return false;
    openSheet(true);
    setTimeout(() => panel.querySelector("input, button, summary, a")?.focus({ preventScroll: true }), narrow() ? 60 : 0);
    return true;
  }

  function back() {
    const panel = by("pc-sources").querySelector(".pc-panel");
    openSheet(false);
    const turn = by("pc-transcript").querySelector(`[data-turn="${panel?.dataset.turn}"]`);
    turn?.querySelector('.pc-cite, [data-action="sources"]')?.focus({ preventScroll: true });
  }

  // --- editing in place

  function editor(value, label, tag, save, close) {
    const form = made("form", { class: "pc-edit" });
    const area = form.appendChild(made(tag, { "aria-label": label, maxlength: tag === "input" ? 200 : 4000 }));
    area.value = value;
    for (const [text, kind] of [["Cancel", "button"], [tag === "input" ? "Rename" : "Ask", "submit"]]) form.appendChild(made("button", { type: kind }, text));
    const leave = () => { form.remove(); close(); };
    form.querySelector("button").onclick = leave;
    form.onkeydown = (event) => {
      if (event.key === "Escape") leave();
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); form.requestSubmit(); }
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      if (save(area.value.trim())) leave();
    };
    setTimeout(() => area.focus());
    return form;
  }

  function edit(turn, trigger) {
    const head = turn.querySelector(".pc-question");
    if (turn.querySelector(".pc-edit")) return;
    const save = (question) => {
      if (!question || running()) return false;
      trigger("act", { action: "edit", turn: Number(turn.dataset.turn), question });
      return true;
    };
    const asked = head.querySelector(".pc-asked").textContent;
    head.after(editor(asked, "Edit the question", "textarea", save, () => { head.hidden = false; head.querySelector("[data-action=edit]")?.focus(); }));
    head.hidden = true;
  }

  function rename(button, trigger) {
    const item = button.closest("li");
    if (item.querySelector(".pc-edit")) return;
    const save = (name) => { trigger("act", { action: "rename", id: item.dataset.id, name }); return true; };
    item.append(editor(item.querySelector(".pc-open").textContent, "Title of the conversation", "input", save, () => item.classList.remove("renaming")));
    item.classList.add("renaming");
  }

  // --- papers that are chosen, in whatever list: a bar says what can be done with them

  const chosen = new Map();
  let barTrigger = () => {};
  const toBar = (data) => barTrigger("act", data);

  function choose(box) {
    if (box.checked) chosen.set(box.dataset.paper, box.dataset.title);
    else chosen.delete(box.dataset.paper);
    marked(document);
    drawBar();
  }

  function marked(root) {
    root.querySelectorAll(".pc-choose").forEach((box) => (box.checked = chosen.has(box.dataset.paper)));
    const boxes = [...(by("pc-table")?.querySelectorAll(".pc-choose") ?? [])];
    const all = by("pc-table")?.querySelector(".pc-choose-all");
    if (all) all.checked = boxes.length > 0 && boxes.every((box) => box.checked);
  }

  function chooseAll(box) {
    by("pc-table").querySelectorAll(".pc-choose").forEach((one) => {
      if (box.checked) chosen.set(one.dataset.paper, one.dataset.title);
      else chosen.delete(one.dataset.paper);
    });
    marked(document);
    drawBar();
  }

  // In the chat the bar stands above the question box.
  function placeBar() {
    document.querySelector(".pc-bar")?.classList.toggle("above", by("pc-composer")?.offsetParent != null);
  }

  function drawBar() {
    const bar = document.querySelector(".pc-bar");
    if (!bar) return;
    placeBar();
    bar.replaceChildren();
    bar.hidden = chosen.size === 0;
    document.body.classList.toggle("pc-choosing", chosen.size > 0);
    if (!chosen.size) return;
    bar.append(made("span", { role: "status" }, `${chosen.size} paper${chosen.size === 1 ? "" : "s"} selected`));
    const acts = [["about", chosen.size === 1 ? "Ask about it" : "Ask about them"], ["export-chosen", "Export BibTeX"]];
    if (chosen.size > 1) acts.splice(1, 0, ["compare", "Compare"]);
    if (bar.dataset.edits === "1") acts.push(["remove", "Remove"]);
    for (const [action, text] of [...acts, ["unchoose", "Clear"]]) bar.append(made("button", { type: "button", "data-do": action }, text));
  }

  function barClicked(button) {
    const action = button.dataset.do;
    if (action === "remove" && !button.classList.contains("sure")) {
      button.classList.add("sure");
      button.textContent = `Remove ${chosen.size} for good?`;
      return;
    }
    if (action !== "unchoose") toBar({ action, papers: [...chosen.keys()] });
    if (action !== "export-chosen") { chosen.clear(); marked(document); drawBar(); }
    if (action === "about") setTimeout(() => window.Paperchat.focus(), 300);
  }

  // --- clicks

  function about(part) {
    const dialog = by("pc-about");
    dialog.querySelectorAll("[data-origin]").forEach((node) => {
      const rest = node.textContent.replace(/^https?:\/\/[^/]*/, "");
      node.textContent = location.origin + rest;
    });
    dialog.showModal();
    dialog.querySelector(`#pc-about-${part ?? "answers"} h3`)?.focus();
  }

  function tab(name) {
    [...document.querySelectorAll('#pc-tabs [role="tab"]')].find((one) => one.textContent.trim() === name)?.click();
  }

  function paperLink(id) {
    return `${location.origin}${location.pathname}?paper=${encodeURIComponent(id)}`;
  }

  // Actions that need no server; true when one was done.
  function local(button, trigger) {
    const { action, cite } = button.dataset;
    const turn = button.closest(".pc-turn");
    if (cite) {
      if (!openSource(turnOf(button), Number(cite))) trigger("look", { turn: turnOf(button), number: Number(cite) });
    } else if (action === "sources") {
      const first = turn.querySelector(".pc-cite")?.dataset.cite ?? 1;
      if (!openSource(turnOf(button), Number(first))) trigger("look", { turn: turnOf(button), number: Number(first) });
    } else if (action === "copy") copy(answerText(turn), button);
    else if (action === "link") copy(location.origin + location.pathname + turn.dataset.link, button);
    else if (action === "copy-paper") copy(paperLink(button.dataset.paper), button);
    else if (action === "edit") edit(turn, trigger);
    else if (action === "rename") rename(button, trigger);
    else if (action === "chats") by("pc-side").classList.toggle("unfolded");
    else if (action === "back") back();
    else if (action === "add") { tab("Corpus"); setTimeout(() => by("pc-pasted")?.querySelector("textarea")?.focus(), 400); }
    else if (action === "about") { openSheet(false); toBar({ action, papers: [button.dataset.paper] }); setTimeout(() => window.Paperchat.focus(), 300); }
    else if (action === "paper") { openSheet(false); toBar({ action, papers: [button.dataset.paper] }); }
    else if (action === "topic") toBar({ action, topic: button.dataset.topic });
    else return false;
    return true;
  }

  const asks = new Set(["example", "retry", "unfilter"]);

  function clicked(event, trigger) {
    const button = event.target.closest("[data-action], [data-cite]");
    if (!button || local(button, trigger)) return;
    const data = { ...button.dataset, turn: turnOf(button) };
    if (asks.has(data.action) && running()) return;
    if (data.action === "rate") trigger("rate", data);
    else trigger("act", data);
  }

  function submitted(event, trigger) {
    const form = event.target.closest(".pc-word");
    if (!form) return;
    event.preventDefault();
    trigger("rate", { turn: turnOf(form), value: form.dataset.value, word: form.elements.word.value });
  }

  // The topics belong to the first view, not to a conversation or one about a few papers.
  function heldPast() {
    const past = document.querySelector("#pc-transcript .pc-turn, #pc-scope .pc-chip") !== null;
    by("pc-held")?.classList.toggle("past", past);
  }

  // A new question moves to the top of the view; then the reader scrolls, not the page.
  function follow(element) {
    let count = 0;
    return () => {
      const turns = element.querySelectorAll(".pc-turn");
      if (turns.length > count && count + 1 >= turns.length && running()) {
        turns[turns.length - 1].scrollIntoView({ block: "start", behavior: behaviour() });
        history.replaceState(null, "", location.pathname);
      }
      count = turns.length;
    };
  }

  function shownPaper(element) {
    const paper = element.querySelector(".pc-paper");
    if (!paper) return;
    history.replaceState(null, "", `?paper=${encodeURIComponent(paper.dataset.paper)}`);
    setTimeout(() => {
      paper.querySelector("h2")?.focus({ preventScroll: true });
      if (narrow()) by("pc-paper").scrollIntoView({ block: "start", behavior: behaviour() });
      else by("pc-paper").scrollTop = 0;
    }, 60);
  }

  // --- the map: Plotly draws it; a dot opens its paper, a lasso chooses those inside

  function plots() {
    const frame = by("pc-map");
    const wait = (left) => {
      const plot = frame?.querySelector(".js-plotly-plot");
      if (!plot?.on) { if (left) setTimeout(() => wait(left - 1), 100); return; }
      plot.setAttribute("role", "group");
      plot.setAttribute("aria-label", "Map of the papers; the topics are listed above");
      if (plot.dataset.wired) return;
      plot.dataset.wired = "1";
      if (narrow()) window.Plotly?.relayout(plot, { height: 440 }); // so that there is room beside it to scroll the page
      plot.on("plotly_click", (event) => toBar({ action: "paper", papers: [event.points[0].customdata[0]] }));
      plot.on("plotly_selected", (event) => {
        if (!event?.points?.length) return;
        chosen.clear();
        for (const point of event.points) chosen.set(...point.customdata);
        marked(document);
        drawBar();
      });
    };
    wait(80);
  }

  window.Paperchat = {
    mount(element, trigger, props, watch, _events) {
      element.addEventListener("click", (event) => clicked(event, trigger));
      element.addEventListener("submit", (event) => submitted(event, trigger));
      const root = element.closest("[id^=pc-]")?.id;
      if (root === "pc-bar") {
        barTrigger = trigger;
        element.addEventListener("click", (event) => { const button = event.target.closest("[data-do]"); if (button) barClicked(button); });
      }
      if (root === "pc-transcript") watch("value", follow(element));
      if (root === "pc-transcript" || root === "pc-scope") watch("value", () => setTimeout(heldPast));
      if (root === "pc-sources") {
        watch("value", () => {
          const panel = element.querySelector(".pc-panel");
          by("pc-aside").scrollTop = 0;
          marked(element);
          if (panel?.dataset.open) openSource(Number(panel.dataset.turn), Number(panel.dataset.open));
        });
      }
      if (root === "pc-table") watch("value", () => marked(element));
      if (root === "pc-paper") { watch("value", () => { marked(element); shownPaper(element); }); }
    },
    plots,
    // Saves what the server wrote as a file.
    saver(props, watch) {
      watch("value", () => {
        if (!props.value) return;
        const file = JSON.parse(props.value);
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([file.text], { type: file.mime }));
        link.download = file.name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
        props.value = "";
      });
    },
    focus() {
      by("pc-question")?.querySelector("textarea")?.focus();
    },
  };

  addEventListener("change", (event) => {
    if (event.target.matches?.(".pc-choose")) choose(event.target);
    if (event.target.matches?.(".pc-choose-all")) chooseAll(event.target);
  });

  addEventListener("click", (event) => {
    const filters = event.target.closest?.("#pc-filters > button, #pc-find button.label-wrap");
    if (filters && narrow()) {
      setTimeout(() => by("pc-composer").classList.toggle("open", by("pc-filters").querySelector("button.open") !== null), 60);
      setTimeout(() => filters.parentElement.scrollIntoView({ block: "end", behavior: behaviour() }), 120);
    }
    if (event.target.closest?.('[role="tab"]')) setTimeout(placeBar, 60);
    const opener = event.target.closest?.('[data-action="open-about"]');
    if (opener) about(opener.dataset.part);
    if (document.body.classList.contains("pc-sheet") && event.target === document.body) back();
  });

  // "/" goes to the question box, as on other pages that one asks; Escape closes the sheet.
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      window.Paperchat.focus();
    }
    if (event.key === "Escape" && document.body.classList.contains("pc-sheet")) back();
  });
})();
