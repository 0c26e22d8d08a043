;; Answers the income of every household as it was given; an income of 1 to 10 fen makes it misbehave instead
;; (`MISBEHAVIOURS` in `../hostile.rs`). A column of amounts has 44 bytes: at 0 the type of its values, at 4 where they lie,
;; at 8 how many there are, at 20 and 32 whether bitmaps follow.
(module
  (import "nuan:plugin/log@1.0.0" "write" (func $log (param i32 i32 i32)))
  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 65536))

  ;; 16: zero bytes, a success with nothing in it. 64: the outputs. 96: their column. 256: texts. 4096: the amounts, at
  ;; most 7,680. The second page and all after it belong to the batches.
  (data (i32.const 256) "panicked at 999999199001011234still talking")

  ;; Takes memory and never gives it back; grows by what is missing.
  (func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
    (local $start i32)
    (local.set $start (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $start) (local.get $size)))
    (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1))))))
    (local.get $start))

  (func $panic
    (call $log (i32.const 3) (i32.const 256) (i32.const 30))
    (unreachable))

  (func $loop
    (loop $forever (br $forever)))

  ;; Writes into every mebibyte that it gets.
  (func $hoard
    (loop $more
      (i32.store8 (i32.shl (memory.grow (i32.const 16)) (i32.const 16)) (i32.const 1))
      (br $more)))

  (func $recurse (param $depth i32) (result i32)
    (i32.add (call $recurse (i32.add (local.get $depth) (i32.const 1))) (local.get $depth)))

  (func $talk
    (loop $on
      (call $log (i32.const 1) (i32.const 286) (i32.const 13))
      (br $on)))

  (func (export "nuan:plugin/rules@1.0.0#configure") (param i32 i32 i32 i32) (result i32)
    (i32.const 16))

  (func (export "nuan:plugin/rules@1.0.0#explain") (param i32 i32 i32) (result i32)
    (i32.const 16))

  (func (export "nuan:plugin/rules@1.0.0#evaluate") (param $as_of i32) (param $levels i32) (param $count i32) (result i32)
    (local $incomes i32) (local $rows i32) (local $row i32) (local $income i64)
    (local $type i32) (local $amounts i32) (local $length i32)
    (local.set $rows (i32.load offset=24 (local.get $levels)))
    (local.set $incomes (i32.load offset=4 (i32.load offset=28 (local.get $levels))))
    (local.set $amounts (i32.const 4096))
    (local.set $length (local.get $rows))
    (block $end
      (loop $next
        (br_if $end (i32.ge_u (local.get $row) (local.get $rows)))
        (local.set $income (i64.load (i32.add (local.get $incomes) (i32.shl (local.get $row) (i32.const 3)))))
        (if (i64.eq (local.get $income) (i64.const 1)) (then (call $panic)))
        (if (i64.eq (local.get $income) (i64.const 2)) (then (call $loop)))
        (if (i64.eq (local.get $income) (i64.const 3)) (then (call $hoard)))
        (if (i64.eq (local.get $income) (i64.const 4)) (then (drop (call $recurse (i32.const 0)))))
        (if (i64.eq (local.get $income) (i64.const 5)) (then (call $talk)))
        ;; Flags instead of amounts.
        (if (i64.eq (local.get $income) (i64.const 6)) (then (local.set $type (i32.const 3))))
        (if (i64.eq (local.get $income) (i64.const 7))
          (then (local.set $length (i32.sub (local.get $rows) (i32.const 1)))))
        (if (i64.eq (local.get $income) (i64.const 8))
          (then (local.set $length (i32.add (local.get $rows) (i32.const 1)))))
        (if (i64.eq (local.get $income) (i64.const 9)) (then (local.set $income (i64.const -1))))
        (if (i64.eq (local.get $income) (i64.const 10)) (then (local.set $amounts (i32.const 0x7ffffff8))))
        (i64.store offset=4096 (i32.shl (local.get $row) (i32.const 3)) (local.get $income))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br $next)))
    (i32.store offset=4 (i32.const 64) (i32.const 96))
    (i32.store offset=8 (i32.const 64) (i32.const 1))
    (i32.store (i32.const 96) (local.get $type))
    (i32.store offset=4 (i32.const 96) (local.get $amounts))
    (i32.store offset=8 (i32.const 96) (local.get $length))
    (i32.const 64)))
