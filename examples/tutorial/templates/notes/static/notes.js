const form = document.getElementById("new");
const list = document.getElementById("notes");
const problem = document.getElementById("problem");
const blank = document.getElementById("note");

const format = (time) => {
  time.textContent = new Date(time.dateTime).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
};

const show = (note) => {
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

list.querySelectorAll("time").forEach(format);
