'use strict';
import { Queue as Q, wait } from './queue.js';
import fs from "node:fs";
const path = require('path');

/**
 * Keeps values by key.
 * @class
 */
export class Store extends Base {
  static #count = 0;
  limit = 10;
  onChange = (key) => { this.emit(key); };

  constructor(folder) {
    super(folder);
    this.map = new Map();
  }

  /** Reads one value. */
  async get(key) {
    return this.map.get(key) ?? (await fs.promises.readFile(path.join(this.folder, key)));
  }

  static from(list) { return new Store(list[0]); }
  get size() { return this.map.size; }
}

// Doubles a number.
export const double = (n) => n * 2, LIMIT = 3;

function* walk(node) {
  yield node;
  function inner() { return wait(1); }
  const local = 1;
  const helper = function () { return inner(); };
  helper();
}

Store.prototype.clear = function clear() { this.map.clear(); };
exports.open = function (folder) { return new Store(folder); };
module.exports.close = async () => {};

const handlers = {
  start(event) { begin(event); },
  stop: function () { end(); },
  name: 'handlers',
};

export default function () { return handlers; }
