// The table of runs: the data are beside the page, and only one page of rows is
// drawn at a time, so that ten thousand runs open at once.
{
  const data = document.getElementById("data");
  const table = document.getElementById("runs-table");
  if (data && table) runs(JSON.parse(data.textContent), table);

  function runs({ columns, texts, rows, commands, notes }, table) {
    const perPage = 100;
    const $ = (id) => document.getElementById(id);
    const order = [...rows.keys()];
    let shown = order, first = 0, sorted = -1, sign = 1, open = -1;

    const text = (row, k) => {
      const v = rows[row][k];
      if (!columns[k].number) return texts[v];
      if (v === null) return "–";
      return columns[k].decimals ? v.toFixed(columns[k].decimals) : String(v);
    };
    const element = (name, content) => {
      const e = document.createElement(name);
      if (content !== undefined) e.textContent = content;
      return e;
    };
    // What is searched in, made when it is first asked for.
    const words = [];
    const wordsOf = (row) => words[row] ??= columns.map((c, k) => c.number ? "" : texts[rows[row][k]]).join(" ").toLowerCase();

    const compare = { ">": (a, b) => a > b, "<": (a, b) => a < b, "=": (a, b) => a === b, ">=": (a, b) => a >= b, "<=": (a, b) => a <= b };
    // A term is a word, or a column's name (its blanks left out) with a bound.
    function test(term) {
      const m = /^([^<>=]+)(>=|<=|>|<|=)(-?[0-9.]+)$/.exec(term);
      const k = m ? columns.findIndex((c) => c.number && c.title.replaceAll(" ", "").toLowerCase() === m[1]) : -1;
      if (k < 0) return (row) => wordsOf(row).includes(term);
      return (row) => rows[row][k] !== null && compare[m[2]](rows[row][k], Number(m[3]));
    }

    function filter() {
      const tests = $("query").value.toLowerCase().split(/\s+/).filter(Boolean).map(test);
      shown = order.filter((row) => tests.every((t) => t(row)));
      first = 0;
      draw();
    }

    function sort(k) {
      sign = sorted === k ? -sign : (columns[k].number ? -1 : 1); // numbers start with the greatest
      sorted = k;
      const value = columns[k].number ? (row) => rows[row][k] : (row) => texts[rows[row][k]];
      const collator = new Intl.Collator("en", { numeric: true });
      order.sort((a, b) => {
        const x = value(a), y = value(b);
        if (x === null || y === null) return (x === null) - (y === null) || a - b; // undefined last
        return sign * (columns[k].number ? x - y : collator.compare(x, y)) || a - b;
      });
      heads.forEach((h, i) => h.setAttribute("aria-sort", i === k ? (sign > 0 ? "ascending" : "descending") : "none"));
      filter();
    }

    const heads = columns.map((c, k) => {
      const head = element("th"), button = element("button", c.title);
      head.scope = "col";
      if (c.number) head.className = "number";
      if (c.doc) head.title = c.doc;
      head.setAttribute("aria-sort", "none");
      button.type = "button";
      button.addEventListener("click", () => sort(k));
      head.append(button);
      return head;
    });
    const line = element("tr");
    line.append(...heads);
    table.tHead.append(line);

    function draw() {
      const page = shown.slice(first, first + perPage).map((row) => {
        const tr = element("tr"), head = element("th"), button = element("button", text(row, 0));
        head.scope = "row";
        button.type = "button";
        button.setAttribute("aria-expanded", String(row === open));
        button.addEventListener("click", () => details(row));
        head.append(button);
        tr.append(head);
        columns.slice(1).forEach((c, k) => {
          const td = element("td", text(row, k + 1));
          if (!c.number) td.className = "text";
          tr.append(td);
        });
        return tr;
      });
      table.tBodies[0].replaceChildren(...page);
      $("found").textContent = `${shown.length} of ${rows.length} runs`;
      $("page").textContent = shown.length ? `${first + 1} to ${Math.min(first + perPage, shown.length)}` : "none";
      $("previous").disabled = first === 0;
      $("next").disabled = first + perPage >= shown.length;
    }

    function details(row) {
      open = open === row ? -1 : row;
      for (const b of table.tBodies[0].querySelectorAll("th button")) b.setAttribute("aria-expanded", "false");
      $("details").replaceChildren();
      if (open < 0) return;
      const at = shown.indexOf(row) - first;
      table.tBodies[0].rows[at].querySelector("button").setAttribute("aria-expanded", "true");
      const seed = rows[row][columns.findIndex((c) => c.title === "seed")];
      const command = element("pre");
      command.className = "command";
      command.tabIndex = 0;
      if (texts[commands[2 * row]] === "") {
        $("details").append(element("p", `${text(row, 0)}, ${text(row, 1)}: no command of this version of the simulator gives the same numbers.`));
        return;
      }
      command.append(element("code", `${texts[commands[2 * row]]} ${seed} ${texts[commands[2 * row + 1]]}`));
      $("details").append(element("p", `${text(row, 0)}, ${text(row, 1)}: this command gives the same numbers, where files are named in the directory of the plan.`), command);
      if (texts[notes[row]] !== "") {
        const note = element("p", texts[notes[row]]);
        note.className = "alert";
        $("details").append(note);
      }
    }

    $("filter").addEventListener("submit", (event) => event.preventDefault());
    $("query").addEventListener("input", filter);
    $("previous").addEventListener("click", () => { first -= perPage; draw(); });
    $("next").addEventListener("click", () => { first += perPage; draw(); });
    draw();
  }
}
