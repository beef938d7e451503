const form = document.getElementById("new");
const list = document.getElementById("notes");
const problem = document.getElementById("problem");
const live = document.getElementById("live");
const blank = document.getElementById("note");

const find = (id) => list.querySelector(`[data-id="${id}"]`);

const format = (time) => {
  time.textContent = new Date(time.dateTime).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
};

// Every window hears of every change, this one of its own too.
const show = (note) => {
  if (find(note.id)) return;
  const item = blank.content.firstElementChild.cloneNode(true);
  item.dataset.id = note.id;
  item.classList.add("new");
  item.querySelector("p").textContent = note.text;
  item.querySelector("time").dateTime = note.created;
  format(item.querySelector("time"));
  list.prepend(item);
};

const complain = async (response) => {
  const { error, detail } = await response.json();
  problem.textContent = detail?.text ?? detail ?? error;
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  const response = await fetch(form.action, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: form.text.value }),
  });
  if (!response.ok) return complain(response);
  show(await response.json());
  form.reset();
});

list.addEventListener("click", async ({ target }) => {
  if (!target.matches(".delete")) return;
  const item = target.closest("li");
  const response = await fetch(`${form.action}/${item.dataset.id}`, { method: "DELETE" });
  if (response.ok || response.status === 404) item.remove();
  else complain(response);
});

const events = new EventSource(form.dataset.events);
events.addEventListener("open", () => live.classList.add("on"));
events.addEventListener("error", () => live.classList.remove("on"));
events.addEventListener("added", ({ data }) => show(JSON.parse(data)));
events.addEventListener("deleted", ({ data }) => find(JSON.parse(data).id)?.remove());

list.querySelectorAll("time").forEach(format);
