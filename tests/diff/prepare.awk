# A module as binaryen prints it (a node a line) -> one whose behaviour is the same in every engine
# and can be seen. What vector arithmetic makes of NaNs is up to the engine: such lanes become 0
# (for scalars wasm-opt --denan does it). Each global gets functions that show it.
#   awk -f prepare.awk out=FILE.wat FILE.printed ...
function operation(line) {
  return line ~ /^ *\((f32x4|f64x2)\.(add|sub|mul|div|sqrt|min|max|ceil|floor|trunc|nearest|demote_f64x2_zero|promote_low_f32x4)/
}
function indent(line) {
  match(line, /^ */)
  return RLENGTH
}
FNR == 1 {
  if (writing != "") close(writing)
  writing = out
  ended = count = vectors = 0
  split("", open)
}
/v128/ { vectors = 1 }
/ref|any/ { # in binaryen's draft functions were of type anyref too, and of types of their own
  gsub(/anyref/, "funcref")
  gsub(/\(ref (null )?\$[^ )]*\)/, "funcref")
  gsub(/ref\.null (any|\$[^ )]*)/, "ref.null func")
}
operation($0) {
  if ($0 !~ /\.(demote|promote)/) lanes = substr($0, indent($0) + 2, 5)
  else lanes = $0 ~ /demote/ ? "f32x4" : "f64x2"
  print "(call $diff_" lanes > out
  open[indent($0)] = 1
}
/^ \(global \$[^ ]* (\(mut )?[a-z]/ { # not the tuples, which are several globals
  type = $3 == "(mut" ? $4 : $3
  gsub(/[()]/, "", type)
  names[++count] = $2
  types[count] = type
}
$0 == ")" && !ended {
  ended = 1
  for (i = 1; i <= count; i++) {
    value = "(global.get " names[i] ")"
    export_name = "(func (export \"diff global " i
    if (types[i] == "v128") {
      print export_name " low\") (result i64) (i64x2.extract_lane 0 " value "))" > out
      print export_name " high\") (result i64) (i64x2.extract_lane 1 " value "))" > out
    } else {
      print export_name "\") (result " types[i] ") " value ")" > out
    }
  }
  if (vectors) {
    print "(func $diff_f32x4 (param v128) (result v128) (v128.and (local.get 0) (f32x4.eq (local.get 0) (local.get 0))))" > out
    print "(func $diff_f64x2 (param v128) (result v128) (v128.and (local.get 0) (f64x2.eq (local.get 0) (local.get 0))))" > out
  }
}
{ print > out }
/^ *\)$/ && open[indent($0)] {
  print ")" > out
  open[indent($0)] = 0
}
