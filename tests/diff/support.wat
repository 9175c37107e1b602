;; Given to both engines: JavaScript cannot take a v128, so the two halves are logged.
(module
  (import "fuzzing-support" "log-i64" (func $log-i64 (param i64)))
  (func (export "log-v128") (param $value v128)
    (call $log-i64 (i64x2.extract_lane 0 (local.get $value)))
    (call $log-i64 (i64x2.extract_lane 1 (local.get $value)))))
