/* Dragging the items of a room into another order; the arrows do the same without this. */
const list = document.querySelector('[data-order]');
let dragged = null;

if (list) {
  list.querySelectorAll('[data-id]').forEach((item) => { item.draggable = true; });
  list.addEventListener('dragstart', (event) => { dragged = event.target.closest('[data-id]'); });
  list.addEventListener('dragover', (event) => {
    const over = event.target.closest('[data-id]');
    if (!dragged || !over) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    if (over !== dragged) over[event.clientY < box.top + box.height / 2 ? 'before' : 'after'](dragged);
  });
  list.addEventListener('drop', (event) => {
    event.preventDefault();
    if (!dragged) return;
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', action: list.dataset.order });
    const order = [...list.querySelectorAll('[data-id]')].map((item) => item.dataset.id).join(',');
    for (const [name, value] of Object.entries({ order, revision: list.dataset.revision })) {
      form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
    }
    document.body.append(form);
    form.submit();
  });
}
