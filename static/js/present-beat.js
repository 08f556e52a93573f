// A clock that ticks on while its page is hidden.
onmessage = ({ data }) => setInterval(() => postMessage(0), data);
