// What the page does without asking the server: citations, copying, editing in place, folding, saving files.
(() => {
  const narrow = () => matchMedia("(max-width: 900px)").matches;
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const by = (id) => document.getElementById(id);
  const behaviour = () => (calm() ? "auto" : "smooth");
  const turnOf = (node) => Number(node.closest("[data-turn]")?.dataset.turn ?? -1);
  const running = () => by("pc-transcript")?.querySelector('[data-state="running"]');

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

  // Scrolls so that the source begins at the top, or further, until its marked quote is in sight.
  function reveal(source, panel) {
    const quote = source.querySelector("mark")?.getBoundingClientRect();
    const top = source.getBoundingClientRect().top;
    const view = narrow() ? document.scrollingElement : by("pc-aside");
    const from = narrow() ? top + view.scrollTop - 54 : top - panel.getBoundingClientRect().top;
    const room = (narrow() ? innerHeight - 54 : view.clientHeight) - 90;
    const beyond = quote ? Math.max(0, quote.bottom - top - room) : 0;
    view.scrollTo({ top: from + beyond, behavior: behaviour() });
  }

  // Opens source `number` in the panel, when the panel shows that turn.
  function openSource(turn, number) {
    const panel = by("pc-sources")?.querySelector(`.pc-panel[data-turn="${turn}"]`);
    const source = panel?.querySelector(`.pc-source[data-number="${number}"]`);
    if (!source) return false;
    by("pc-aside").classList.add("unfolded");
    panel.querySelectorAll("details[open]").forEach((other) => (other.open = false));
    const details = source.querySelector("details");
    if (details) details.open = true;
    panel.querySelectorAll(".pc-source.chosen").forEach((other) => other.classList.remove("chosen"));
    source.classList.add("chosen");
    reveal(source, panel);
    (details?.querySelector("summary") ?? source).focus({ preventScroll: true });
    return true;
  }

  function edit(turn, trigger) {
    const head = turn.querySelector(".pc-question");
    if (turn.querySelector(".pc-edit")) return;
    const form = document.createElement("form");
    form.className = "pc-edit";
    const area = form.appendChild(document.createElement("textarea"));
    area.value = head.querySelector(".pc-asked").textContent;
    area.setAttribute("aria-label", "Edit the question");
    area.maxLength = 4000;
    for (const [text, kind] of [["Cancel", "button"], ["Ask", "submit"]]) {
      const button = form.appendChild(document.createElement("button"));
      button.textContent = text;
      button.type = kind;
    }
    const close = () => { form.remove(); head.hidden = false; head.querySelector("[data-action=edit]").focus(); };
    form.querySelector("button").onclick = close;
    form.onkeydown = (event) => {
      if (event.key === "Escape") close();
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); form.requestSubmit(); }
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      const question = area.value.trim();
      if (!question || running()) return;
      form.remove();
      head.hidden = false;
      trigger("act", { action: "edit", turn: Number(turn.dataset.turn), question });
    };
    head.hidden = true;
    head.after(form);
    area.focus();
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
    else if (action === "edit") edit(turn, trigger);
    else if (action === "fold") by("pc-aside").classList.toggle("unfolded");
    else if (action === "chats") by("pc-side").classList.toggle("unfolded");
    else if (action === "back") back(button);
    else return false;
    return true;
  }

  function back(button) {
    by("pc-aside").classList.remove("unfolded");
    const turn = by("pc-transcript").querySelector(`[data-turn="${turnOf(button)}"]`);
    turn?.scrollIntoView({ block: "start", behavior: behaviour() });
    turn?.querySelector(".pc-cite")?.focus({ preventScroll: true });
  }

  const asks = new Set(["example", "retry", "unfilter"]);

  function clicked(event, trigger) {
    const button = event.target.closest("[data-action], [data-cite]") ?? (event.pointerType === "touch" && nearestDot(event));
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

  // On a phone the pictures are wider than the view: the map begins at a cited paper or its middle, the years at the newest.
  function sight(element) {
    const area = element.querySelector(".pc-scroll");
    if (!area) return;
    const ring = area.querySelector(".pc-ring")?.getBoundingClientRect();
    const middle = ring ? ring.left - area.getBoundingClientRect().left + area.scrollLeft : area.scrollWidth / (element.querySelector(".pc-time") ? 1 : 2);
    area.scrollLeft = middle - area.clientWidth / 2;
  }

  // A finger is wider than a dot: what it touches is the nearest dot within a fingertip, in CSS pixels.
  function nearestDot(event, reach = 22) {
    const away = (dot) => {
      const box = dot.getBoundingClientRect();
      return Math.hypot(box.left + box.width / 2 - event.clientX, box.top + box.height / 2 - event.clientY);
    };
    const near = [...event.currentTarget.querySelectorAll(".pc-dot")].map((dot) => [away(dot), dot]).filter(([far]) => far <= reach);
    return near.sort(([one], [other]) => one - other)[0]?.[1];
  }

  function tip(element) {
    element.addEventListener("pointermove", (event) => {
      const box = element.querySelector(".pc-tip");
      if (!box) return;
      const title = event.target.dataset?.title;
      box.hidden = !title;
      if (!title) return;
      box.textContent = title;
      const area = box.parentElement.getBoundingClientRect();
      box.style.left = `${Math.min(event.clientX - area.left + 12, area.width - box.offsetWidth - 4)}px`;
      box.style.top = `${event.clientY - area.top + 14}px`;
    });
  }

  window.Paperchat = {
    mount(element, trigger, props, watch, _events) {
      element.addEventListener("click", (event) => clicked(event, trigger));
      element.addEventListener("submit", (event) => submitted(event, trigger));
      const root = element.closest("[id^=pc-]")?.id;
      if (root === "pc-transcript") watch("value", follow(element));
      if (root === "pc-topics") tip(element);
      if (root === "pc-topics" || root === "pc-over-time") watch("value", () => sight(element));
      if (root === "pc-sources") {
        watch("value", () => {
          const panel = element.querySelector(".pc-panel");
          by("pc-aside").scrollTop = 0;
          if (panel?.dataset.open) openSource(Number(panel.dataset.turn), Number(panel.dataset.open));
        });
      }
      if (root === "pc-paper") {
        watch("value", () => {
          element.querySelector(".pc-paper h2")?.focus({ preventScroll: true });
          if (narrow()) by("pc-paper").scrollIntoView({ block: "start", behavior: behaviour() });
          else by("pc-paper").scrollTop = 0;
        });
      }
    },
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

  // "/" goes to the question box, as on other pages that one asks.
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      window.Paperchat.focus();
    }
  });
})();
