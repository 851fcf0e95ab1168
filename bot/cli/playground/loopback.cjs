// Loaded before the Playground. It listens on every interface and asks nobody who they are; here it listens on
// loopback only. And it ends when whoever started it does, however that ended: its standard input closes then.
"use strict";
const net = require("node:net");

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  if (typeof port === "number" && typeof rest[0] !== "string") {
    return listen.call(this, { port, host: "127.0.0.1" }, ...rest);
  }
  return listen.call(this, port, ...rest);
};

process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
