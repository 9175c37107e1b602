// The other engine: follows FILE.plan, which diff_runner wrote, and writes what happens to
// FILE.there, in the words of diff_runner.
//   node engine.mjs SUPPORT.wasm LIST
// LIST has a FILE a line. Says of each whether FILE.here, what diff_runner wrote, is the same: "same",
// "refused" (by both) or "different", and the FILE.
import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';

const view = new DataView(new ArrayBuffer(8));
const traps = [['unreachable', 'unreachable'], ['data segment', 'memory'], ['element segment', 'table'],
  ['table initializer', 'table'], ['memory access', 'memory'], ['float unrepresentable', 'number'], ['table', 'table'], ['by zero', 'zero'],
  ['divide result', 'number'], ['unaligned access', 'memory'], ['signature', 'signature'],
  ['call stack', 'stack']];

const hex = (value) => value.toString(16);
const show = {
  i32: (value) => hex(value >>> 0),
  i64: (value) => hex(BigInt.asUintN(64, value)),
  f32: (value) => (Number.isNaN(value) ? 'nan' : (view.setFloat32(0, value), hex(view.getUint32(0)))),
  f64: (value) => (Number.isNaN(value) ? 'nan' : (view.setFloat64(0, value), hex(view.getBigUint64(0)))),
  ref: (value) => (value === null ? 'null' : 'ref'),
};
const parse = {
  i32: (bits) => Number(bits) | 0,
  i64: (bits) => BigInt.asIntN(64, bits),
  f32: (bits) => (view.setUint32(0, Number(bits)), view.getFloat32(0)),
  f64: (bits) => (view.setBigUint64(0, bits), view.getFloat64(0)),
  ref: () => null,
};

function describeTrap(error) {
  if (error instanceof WebAssembly.Exception) return 'trap exception';
  const found = traps.find(([part]) => error.message.includes(part));
  return `trap ${found ? found[1] : error.message}`;
}

function hashMemory(instance) {
  const memory = Object.values(instance.exports).find((item) => item instanceof WebAssembly.Memory);
  if (!memory) return 'none';
  const words = new Uint32Array(memory.buffer);
  const basis = 2166136261;
  const prime = 16777619;
  let [a, b, c, d, e, f, g, h] = Array(8).fill(basis);
  for (let i = 0; i < words.length; i += 8) {
    a = Math.imul(a ^ words[i], prime);
    b = Math.imul(b ^ words[i + 1], prime);
    c = Math.imul(c ^ words[i + 2], prime);
    d = Math.imul(d ^ words[i + 3], prime);
    e = Math.imul(e ^ words[i + 4], prime);
    f = Math.imul(f ^ words[i + 5], prime);
    g = Math.imul(g ^ words[i + 6], prime);
    h = Math.imul(h ^ words[i + 7], prime);
  }
  const hash = [a, b, c, d, e, f, g, h].reduce((all, lane) => Math.imul(all ^ lane, prime), basis);
  return `${hex(hash >>> 0)} of ${words.length / 16384} pages`;
}

function follow(plan, lines, support, module) {
  const names = WebAssembly.Module.exports(module).map((item) => item.name);
  const log = (type) => (value) => { lines.push(`log ${type} ${show[type](value)}`); };
  const start = () => {
    const logs = Object.fromEntries(['i32', 'i64', 'f32', 'f64'].map((type) => [`log-${type}`, log(type)]));
    const helper = new WebAssembly.Instance(support, { 'fuzzing-support': logs });
    const imports = { 'fuzzing-support': { ...logs, ...helper.exports } };
    return new WebAssembly.Instance(module, imports);
  };
  let instance = start();
  for (const line of plan) {
    const [verb, number, parameters, results] = line.split(' ');
    if (verb === 'memory') {
      lines.push(`memory ${hashMemory(instance)}`);
    } else if (verb === 'call') {
      const values = parameters.split(',').filter((text) => text).map((text) => text.split(':'));
      const call = instance.exports[names[number]];
      lines.push(`call ${number}`);
      try {
        const value = call(...values.map(([type, bits]) => parse[type](BigInt(bits))));
        const all = Array.isArray(value) ? value : [value];
        const types = results.split(',').filter((text) => text);
        lines.push(`= ${types.map((type, i) => `${type}:${show[type](all[i])}`).join(' ')}`);
      } catch (error) {
        lines.push(describeTrap(error));
        if (plan[0] === 'fresh') instance = start();
      }
    }
  }
}

function verdict(file, there) {
  const here = existsSync(`${file}.here`) ? readFileSync(`${file}.here`, 'utf8') : '';
  if (here !== there) return 'different';
  return here.startsWith('refused') ? 'refused' : 'same';
}

const support = new WebAssembly.Module(readFileSync(process.argv[2]));
for (const file of readFileSync(process.argv[3], 'utf8').split('\n').filter((line) => line)) {
  const lines = [];
  try {
    const module = new WebAssembly.Module(readFileSync(file));
    follow(readFileSync(`${file}.plan`, 'utf8').split('\n'), lines, support, module);
  } catch (error) {
    lines.push(error instanceof WebAssembly.CompileError ? 'refused' : describeTrap(error));
  }
  const there = `${lines.join('\n')}\n`;
  writeFileSync(`${file}.there`, there);
  writeSync(1, `${verdict(file, there)} ${file}\n`); // at once: what comes next may end this process
}
