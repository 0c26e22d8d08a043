;; Answers the household flag that it is given, unless the flag tells it to misbehave (see `test_plugin::flag`).
(module
  (import "nuan:plugin/log@1.0.0" "write" (func $log (param i32 i32 i32)))
  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 4096))

  ;; 16: zero bytes, an empty success. 64: the outputs. 96: their column. 256: a failure. 512: a step. 1024: texts.
  (data (i32.const 256) "\01\00\00\00\10\04\00\00\04\00\00\00\14\04\00\00\09\00\00\00")
  (data (i32.const 480) "\00\00\00\00\00\02\00\00\01\00\00\00")
  (data (i32.const 512) "\00\04\00\00\09\00\00\00\00\00\00\00\0a\04\00\00\04\00\00\00")
  (data (i32.const 576) "\02\00\00\00\00\00\00\00\01")
  (data (i32.const 1024) "test.flag.rule\00\00fullno answerpanicked\0a123456")

  ;; Takes memory and never gives it back; grows by what is missing.
  (func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
    (local $start i32)
    (local.set $start (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $start) (local.get $size)))
    (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1))))))
    (local.get $start))

  (func $deep (param $depth i32) (result i32)
    (i32.add (call $deep (i32.add (local.get $depth) (i32.const 1))) (local.get $depth)))

  (func (export "nuan:plugin/rules@1.0.0#configure") (param i32 i32 i32 i32) (result i32)
    (i32.const 16))

  (func (export "nuan:plugin/rules@1.0.0#explain") (param i32 i32 i32) (result i32)
    (i32.const 480))

  (func (export "nuan:plugin/rules@1.0.0#evaluate") (param $as_of i32) (param $levels i32) (param $count i32) (result i32)
    (local $values i32) (local $rows i32) (local $row i32) (local $flag i32)
    (local.set $rows (i32.load offset=24 (local.get $levels)))
    (local.set $values (i32.load offset=4 (i32.load offset=28 (local.get $levels))))
    (block $end
      (loop $next
        (br_if $end (i32.ge_u (local.get $row) (local.get $rows)))
        (local.set $flag (i32.load8_u (i32.add (local.get $values) (local.get $row))))
        (if (i32.eq (local.get $flag) (i32.const 2)) (then (unreachable)))
        (if (i32.eq (local.get $flag) (i32.const 3)) (then (loop $forever (br $forever))))
        (if (i32.eq (local.get $flag) (i32.const 4)) (then (drop (memory.grow (i32.const 4096)))))
        (if (i32.eq (local.get $flag) (i32.const 6))
          (then (call $log (i32.const 3) (i32.const 1053) (i32.const 15)) (unreachable)))
        (if (i32.eq (local.get $flag) (i32.const 7)) (then (return (i32.const 256))))
        (if (i32.eq (local.get $flag) (i32.const 9)) (then (drop (call $deep (i32.const 0)))))
        (if (i32.eq (local.get $flag) (i32.const 8))
          (then
            (loop $talk
              (call $log (i32.const 1) (i32.const 65536) (i32.const 65536))
              (br $talk))))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br $next)))
    (i32.store offset=4 (i32.const 64) (i32.const 96))
    (i32.store offset=8 (i32.const 64) (i32.const 1))
    (i32.store (i32.const 96) (i32.const 3))
    (i32.store offset=4 (i32.const 96) (local.get $values))
    (i32.store offset=8 (i32.const 96) (local.get $rows))
    (i32.const 64)))
