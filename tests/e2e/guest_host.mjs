// A small Faasm host on node's V8 and WASI, to test guest programs apart from the real host: input
// and output, chained calls (run when awaited), and calls that start from a snapshot taken after
// _initialize and _faasm_zygote.
//
//   node guest_host.mjs NAME=FILE.wasm [NAME=FILE.wasm ...] [--input FILE] [--output FILE]
//                       [--calls N] [-- ARGUMENTS]
//
// Calls the first function N times (1) and exits with the code of the last call.
import { readFileSync, writeFileSync } from "node:fs";
import { WASI } from "node:wasi";

const functions = new Map();
const calls = new Map();
const options = { input: "", output: "", calls: 1 };
let programArguments = [];

function parse(words) {
    for (let i = 0; i < words.length; i++) {
        if (words[i] === "--") {
            programArguments = words.slice(i + 1);
            return;
        }
        if (words[i].startsWith("--")) {
            options[words[i].slice(2)] = words[++i];
        } else {
            const [name, file] = words[i].split("=");
            functions.set(name, { name, module: new WebAssembly.Module(readFileSync(file)) });
        }
    }
}

function instantiate(fn, call) {
    const wasi = new WASI({ version: "preview1", args: [fn.name, ...programArguments],
                            env: { GUEST_ENV: "set" }, returnOnExit: true });
    let instance;
    const view = () => new DataView(instance.exports.memory.buffer);
    const bytes = (pointer, length) =>
        new Uint8Array(instance.exports.memory.buffer, pointer, length);
    const text = (pointer) => {
        const all = new Uint8Array(instance.exports.memory.buffer, pointer);
        return new TextDecoder().decode(all.slice(0, all.indexOf(0)));
    };
    const chain = (target, pointer, input, length) => {
        const id = calls.size + 1;
        calls.set(id, { id, fn: target, pointer, input: bytes(input, length).slice() });
        return id;
    };
    const take = (id) => {
        const awaited = calls.get(id);
        if (!awaited || awaited.done) {
            throw new Error(`call ${id} cannot be awaited`);
        }
        awaited.done = true;
        return awaited;
    };
    const env = {
        __faasm_read_input(pointer, length) {
            if (length === 0) {
                return call.input.length;
            }
            const part = call.input.subarray(0, length);
            bytes(pointer, part.length).set(part);
            return part.length;
        },
        __faasm_write_output(pointer, length) {
            call.output = bytes(pointer, length).slice();
        },
        __faasm_chain_name(name, input, length) {
            const target = functions.get(text(name));
            if (!target) {
                throw new Error(`no function ${text(name)}`);
            }
            return chain(target, null, input, length);
        },
        __faasm_chain_ptr: (pointer, input, length) => chain(fn, pointer, input, length),
        __faasm_await_call: (id) => run(take(id)),
        __faasm_await_call_output(id, pointer, length) {
            const awaited = take(id);
            const code = run(awaited);
            const output = awaited.output ?? new Uint8Array();
            const memory = instance.exports.memory;
            const end = memory.buffer.byteLength;
            memory.grow(Math.ceil(output.length / 65536));
            bytes(end, output.length).set(output);
            view().setUint32(pointer, end, true);
            view().setUint32(length, output.length, true);
            return code;
        },
    };
    instance = new WebAssembly.Instance(fn.module, { env, ...wasi.getImportObject() });
    return { instance, wasi };
}

// node's start() refuses an instance that has _initialize, so it is given just what to start.
function enter({ instance, wasi }, start) {
    return wasi.start({ exports: { memory: instance.exports.memory, _start: start } });
}

function snapshot(fn) {
    const guest = instantiate(fn, { input: new Uint8Array() });
    const { exports } = guest.instance;
    enter(guest, () => exports._initialize());
    if (exports._faasm_zygote && exports._faasm_zygote() !== 0) {
        throw new Error("the zygote failed");
    }
    fn.image = new Uint8Array(exports.memory.buffer).slice();
}

function run(call) {
    const { fn } = call;
    if (!fn.image) {
        snapshot(fn);
    }
    const guest = instantiate(fn, call);
    const { exports } = guest.instance;
    exports.memory.grow((fn.image.length - exports.memory.buffer.byteLength) / 65536);
    new Uint8Array(exports.memory.buffer).set(fn.image);
    return enter(guest, () => {
        if (call.pointer === undefined || call.pointer === null) {
            exports._start();
        } else {
            exports._faasm_call_pointer(call.pointer);
        }
    });
}

parse(process.argv.slice(2));
const input = options.input ? readFileSync(options.input) : new Uint8Array();
let code = 0;
for (let i = 0; i < Number(options.calls); i++) {
    const call = { fn: functions.values().next().value, input: new Uint8Array(input) };
    code = run(call);
    if (options.output) {
        writeFileSync(options.output, call.output ?? "");
    }
}
process.exitCode = code;
