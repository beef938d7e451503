// Talks to the room whose page this is, and comes back when the connection breaks.

const people = document.querySelector("#people");
const messages = document.querySelector("#messages");
const status = document.querySelector("#status");
const form = document.querySelector("#say");
const text = document.querySelector("#text");
const who = document.querySelector("#who");

let name = sessionStorage.getItem("name");
let socket;
let pause = 500; // milliseconds until the next attempt

function connect() {
  const scheme = location.protocol.replace("http", "ws");
  const query = new URLSearchParams({ name });
  socket = new WebSocket(`${scheme}//${location.host}${location.pathname}?${query}`);
  socket.onopen = () => {
    pause = 500;
    messages.replaceChildren(); // the server tells again what was said
    show(true);
  };
  socket.onmessage = (event) => hear(JSON.parse(event.data));
  socket.onclose = () => {
    show(false);
    setTimeout(connect, pause);
    pause = Math.min(2 * pause, 10000);
  };
}

function show(connected) {
  status.textContent = connected ? "Connected" : "Not connected";
  status.classList.toggle("on", connected);
  form.querySelector("button").disabled = !connected;
  if (!connected) people.replaceChildren();
}

function hear(news) {
  if (news.type === "people") {
    people.replaceChildren(...news.names.map((each) => element("li", each)));
    return;
  }
  const item = element("li");
  item.classList.toggle("mine", news.author === name);
  item.append(element("strong", news.author), element("p", news.text));
  messages.append(item);
  item.scrollIntoView({ block: "end" });
}

function element(tag, words = "") {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  socket.send(JSON.stringify({ text: text.value }));
  text.value = "";
  text.focus();
});

who.addEventListener("close", () => {
  name = document.querySelector("#name").value;
  if (!name) return who.showModal();
  sessionStorage.setItem("name", name);
  text.focus();
  connect();
});

if (name) connect();
else who.showModal();
