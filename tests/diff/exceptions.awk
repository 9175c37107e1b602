# A module as binaryen prints it (a node a line) -> one with exceptions, of which binaryen makes none.
# Blocks get into a try: some take what comes, some take what has the one tag, some throw it again, some
# delegate to the try around. What would trap as unreachable throws, and so do some of the calls.
#   awk -f exceptions.awk seed=SEED out=FILE.throwing FILE.printed ...
function indent(line) {
  match(line, /^ */)
  return RLENGTH
}
function chance(of) { # the same for the same module
  state = (state * 69069 + 12345) % 4294967296
  return int(state / 65536) % of
}
function constant(type) {
  if (type == "") return "(throw $diff_tag (i32.const " chance(100) "))" # the block may not end at all
  return type == "v128" ? "(v128.const i32x4 1 2 3 4)" : "(" type ".const " chance(100) ")"
}
function handler(type, label) {
  kind = chance(5)
  if (kind == 0) return "(catch_all " constant(type) ")"
  if (kind == 1) return "(catch_all (rethrow " label "))"
  if (kind == 2 && depth > 1) return "(delegate " labels[depth - 1] ")"
  value = type == "i32" ? "(pop i32)" : "(drop (pop i32)) " constant(type)
  if (kind == 3) return "(catch $diff_tag " value ") (catch_all " constant(type) ")"
  return "(catch $diff_tag " value ")"
}
FNR == 1 {
  if (writing != "") close(writing)
  writing = out
  state = seed
  ended = depth = count = 0
}
/^\(module/ { print > out; print "(tag $diff_tag (param i32))" > out; next }
/^ *\(block( \$[^ ]+)?( \(result (i32|i64|f32|f64|v128)\))?$/ && chance(3) > 0 {
  type = ""
  if (match($0, /result [a-z0-9]+/)) type = substr($0, RSTART + 7, RLENGTH - 7)
  depth++
  labels[depth] = "$diff_try" ++count
  types[depth] = type
  indents[depth] = indent($0)
  print "(try " labels[depth] (type == "" ? "" : " (result " type ")") " (do" > out
  print > out
  next
}
/^ *\(unreachable\)$/ && chance(4) > 0 { print "(throw $diff_tag (i32.const " chance(1000) "))" > out; next }
/^ *\(nop\)$/ && chance(2) > 0 {
  print "(if (i32.eqz (i32.and (call $diff_tick) (i32.const 7))) (then (throw $diff_tag (i32.const " chance(1000) "))))" > out
  next
}
/^\)$/ && !ended { # each seventh tick throws
  ended = 1
  print "(global $diff_ticks (mut i32) (i32.const " seed % 8 "))" > out
  print "(func $diff_tick (result i32) (global.set $diff_ticks (i32.add (global.get $diff_ticks) (i32.const 1)))" > out
  print "(global.get $diff_ticks))" > out
}
{ print > out }
/^ *\)$/ && depth > 0 && indent($0) == indents[depth] {
  print ") " handler(types[depth], labels[depth]) ")" > out
  depth--
}
