/* Suggestions while typing, under every ask field and in the palette (Ctrl K): a combobox with a listbox. Arrow keys choose, Enter takes,
   Escape closes. Without this file the fields are plain ones. */
const WAIT = 120; // ms of rest before the server is asked
const SHORTEST = 2;
const announce = (text) => { document.getElementById('announce').textContent = text; };

async function offered(text, signal) {
  if (text.trim().length < SHORTEST) return [];
  const answer = await fetch(`/ask/suggest?${new URLSearchParams({ q: text })}`, { signal, headers: { Accept: 'application/json' } });
  if (!answer.ok) return [];
  const { questions, items } = await answer.json();
  return [
    ...questions.map((question) => ({ kind: 'question', text: question, href: `/ask?${new URLSearchParams({ q: question })}` })),
    ...items.map((item) => ({ kind: 'item', text: item.title, href: `/assets/${item.id}` })),
  ];
}

class Combobox {
  constructor(input, list, { options, take }) {
    Object.assign(this, { input, list, options, take, shown: [], active: -1, timer: 0, asking: null });
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-controls', list.id);
    input.setAttribute('aria-expanded', 'false');
    input.addEventListener('input', () => this.later());
    input.addEventListener('keydown', (event) => this.onKey(event));
    input.addEventListener('blur', () => this.close());
    list.addEventListener('pointerdown', (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener('click', (event) => {
      const option = event.target.closest('[role=option]');
      if (option) this.choose([...list.children].indexOf(option));
    });
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), WAIT);
  }

  async load() {
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const found = await this.options(this.input.value, this.asking.signal);
      if (document.activeElement === this.input) this.show(found);
    } catch {
      this.close(); // typing on, or no connection: the field works as it is
    }
  }

  show(found) {
    this.shown = found;
    this.list.replaceChildren(...found.map((option, place) => this.row(option, place)));
    this.list.hidden = found.length === 0;
    this.input.setAttribute('aria-expanded', String(found.length > 0));
    this.mark(-1);
    if (found.length) announce(`${found.length} suggestion${found.length === 1 ? '' : 's'}`);
  }

  row(option, place) {
    const row = document.createElement('li');
    row.id = `${this.list.id}-${place}`;
    row.setAttribute('role', 'option');
    row.setAttribute('aria-selected', 'false');
    row.append(document.getElementById(`option-${option.kind}`).content.cloneNode(true));
    const text = document.createElement('span');
    text.textContent = option.text;
    if (option.kind === 'question') text.className = 'buyer';
    row.append(text);
    return row;
  }

  mark(place) {
    this.active = place;
    [...this.list.children].forEach((row, number) => row.setAttribute('aria-selected', String(number === place)));
    if (place < 0) {
      this.input.removeAttribute('aria-activedescendant');
      return;
    }
    this.input.setAttribute('aria-activedescendant', this.list.children[place].id);
    this.list.children[place].scrollIntoView({ block: 'nearest' });
  }

  onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (this.list.hidden) this.load();
      else if (this.shown.length) this.mark(this.active < 0 && step < 0 ? this.shown.length - 1 : (this.active + step + this.shown.length) % this.shown.length);
    } else if (event.key === 'Enter' && this.active >= 0 && !this.list.hidden) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === 'Escape' && !this.list.hidden && !this.input.closest('dialog')) {
      event.preventDefault();
      this.close();
    }
  }

  choose(place) {
    const option = this.shown[place];
    this.close();
    this.take(option);
  }

  close() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.list.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
    this.mark(-1);
  }
}

document.querySelectorAll('[data-ask]').forEach((input, number) => {
  const list = document.createElement('ul');
  list.id = `suggestions-${number}`;
  list.className = 'suggest';
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', 'Suggestions');
  list.hidden = true;
  input.form.append(list);
  const take = (option) => {
    if (option.kind !== 'question') return location.assign(option.href);
    input.value = option.text;
    input.form.requestSubmit();
  };
  new Combobox(input, list, { options: offered, take });
});

/* The palette: pages one may open, questions, titles; whatever is typed can be asked. */
const palette = document.getElementById('palette');
if (palette) {
  const input = palette.querySelector('input');
  const links = [...document.querySelectorAll('.nav a[href], .menu-pop a[href], [data-palette] a[href]')];
  const pages = [...new Map(links.map((link) => [link.getAttribute('href'), link.textContent.trim()]))];
  const options = async (text, signal) => {
    const asked = text.trim();
    const matching = pages.filter(([, name]) => name.toLowerCase().includes(asked.toLowerCase())).map(([href, name]) => ({ kind: 'page', text: name, href }));
    if (!asked) return matching;
    const ask = { kind: 'ask', text: `Ask “${asked}”`, href: `/ask?${new URLSearchParams({ q: asked })}` };
    return [ask, ...matching, ...(await offered(asked, signal))];
  };
  const box = new Combobox(input, palette.querySelector('[role=listbox]'), { options, take: (option) => location.assign(option.href) });
  const open = () => {
    if (palette.open || document.querySelector('dialog[open]')) return;
    input.value = '';
    palette.showModal();
    box.load();
  };
  palette.querySelector('form').addEventListener('submit', (event) => {
    event.preventDefault();
    if (input.value.trim()) location.assign(`/ask?${new URLSearchParams({ q: input.value.trim() })}`);
  });
  document.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-palette-open]')) open();
  });
}
