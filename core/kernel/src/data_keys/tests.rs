//! Two processes over one key store and one key file: what one of them rotates or destroys, the other one takes up.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use jiff::Timestamp;

use super::*;
use crate::keys::rotation::Rotation;
use crate::surroundings::Surroundings;

/// Counts up from a place, so that two processes draw other bytes.
struct Counting(AtomicU64);

impl Surroundings for Counting {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn fill_random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
            chunk.iter_mut().zip(number).for_each(|(byte, random)| *byte = random);
        }
    }
}

/// A folder with a key file and a key store, for one process after the other.
struct Installation {
    folder: PathBuf,
    store: KeyStore,
}

impl Installation {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("nuan-data-keys-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let store = KeyStore::open(&format!("sqlite:{}", folder.join("keys").display())).await.unwrap();
        Self { folder, store }
    }

    /// The command of an operator: a new wrap key, then everything under it.
    async fn rotation(&self, place: u64, progress: impl FnMut(u64)) -> u64 {
        let rotation = self.rotate(place);
        let rewrapped = self.process(place).rewrap(progress).await.unwrap();
        self.forget_old(&rotation).await;
        rewrapped
    }

    fn rotate(&self, place: u64) -> Rotation {
        self.keys();
        Rotation::begin(&self.folder.join("nuan.key"), &Counting(AtomicU64::new(place))).unwrap()
    }

    async fn forget_old(&self, rotation: &Rotation) {
        rotation.forget_old(&key_store::wrap_keys_in_use(&self.store).await.unwrap()).unwrap();
    }

    fn keys(&self) -> Keys {
        let world = Counting(AtomicU64::new(1));
        Keys::open_or_create(&self.folder.join("nuan.key"), CryptoSuite::International, &world).unwrap()
    }

    fn process(&self, place: u64) -> DataKeys {
        let world = Arc::new(Counting(AtomicU64::new(place)));
        DataKeys::new(self.store.clone(), Arc::new(self.keys()), world, Halt::default())
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

async fn kept(process: &DataKeys) -> DataKey {
    let NewKey { key, row } = process.draw().unwrap();
    process.keep(&Vec::from_iter(row)).await.unwrap();
    key
}

fn row() -> SealedFor {
    SealedFor { table: "t", id: "r".to_owned(), columns: Vec::new() }
}

#[tokio::test]
async fn a_serving_process_opens_and_keeps_keys_through_a_rotation_by_another() {
    let installation = Installation::new("rotation").await;
    let serving = installation.process(1_000);
    let before = kept(&serving).await;
    let sealed = before.seal(&serving.nonce(), &row(), b"content").unwrap();

    let rotation = installation.rotate(9_000);
    let rotating = installation.process(5_000);
    assert_eq!(rotating.rewrap(|_| {}).await.unwrap(), 1);
    installation.forget_old(&rotation).await;

    // This one was drawn before the serving process knew, and is kept after everything else was wrapped anew.
    let late = kept(&serving).await;
    assert_eq!(key_store::wrap_keys_in_use(&installation.store).await.unwrap(), [rotation.current()]);
    serving.remembered.lock().unwrap().keys.clear();
    assert_eq!(serving.of(&sealed).await.unwrap().open(&row(), &sealed).unwrap(), b"content");
    let restarted = installation.process(7_000);
    let ids = [late.id.to_string(), before.id.to_string()];
    assert_eq!(restarted.find(ids.iter().map(String::as_str)).await.unwrap().len(), 2);
}

/// A request draws a key and waits; rotations come and go; somebody else in the process notices before the key is kept.
#[tokio::test]
async fn a_key_drawn_before_rotations_and_kept_after_others_noticed_them_opens_after_a_restart() {
    for rotations in 1..=2 {
        let installation = Installation::new(&format!("noticed-{rotations}")).await;
        let serving = installation.process(1_000);
        let before = kept(&serving).await;
        let NewKey { key: waiting, row } = serving.draw().unwrap();
        for rotation in 0..rotations {
            installation.rotation(5_000 + 100 * rotation, |_| {}).await;
            serving.remembered.lock().unwrap().keys.clear();
            assert_eq!(serving.find([&*before.id]).await.unwrap().len(), 1, "a read takes the rotation up");
        }
        serving.keep(&Vec::from_iter(row)).await.unwrap();
        serving.keep_ahead().await.unwrap();
        let ahead = serving.draw().unwrap();
        assert!(ahead.row.is_none());
        let current = installation.keys();
        assert_eq!(key_store::wrap_keys_in_use(&installation.store).await.unwrap(), [current.current()]);
        let restarted = installation.process(7_000);
        let ids = [&*waiting.id, &*before.id, &*ahead.key.id];
        assert_eq!(restarted.find(ids).await.unwrap().len(), ids.len());
    }
}

#[tokio::test]
async fn a_serving_process_forgets_within_seconds_what_another_destroyed() {
    let installation = Installation::new("destroyed").await;
    let (serving, erasing) = (installation.process(1_000), installation.process(5_000));
    let key = kept(&serving).await;
    let sealed = key.seal(&serving.nonce(), &row(), b"content").unwrap();
    assert!(serving.of(&sealed).await.is_ok());
    assert_eq!(erasing.destroy(std::slice::from_ref(&sealed.key_id)).await.unwrap(), 1);
    let long_ago = Instant::now().checked_sub(REMEMBERED_FOR).unwrap();
    serving.remembered.lock().unwrap().since = long_ago;
    assert!(matches!(serving.of(&sealed).await, Err(KernelError::Erased)));
}

/// The system's own randomness, as a real installation draws it.
struct Real;

impl Surroundings for Real {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn fill_random(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
}

/// How many nonces had been drawn before.
fn repeats(mut nonces: Vec<Nonce>) -> usize {
    nonces.sort_unstable();
    nonces.windows(2).filter(|pair| pair[0] == pair[1]).count()
}

#[tokio::test]
async fn no_nonce_is_drawn_twice() {
    let drawn = if std::env::var_os("NUAN_LONG").is_some() { 10_000_000 } else { 1_000_000 };
    let mut installation = Installation::new("nonces").await.process(1_000);
    installation.surroundings = Arc::new(Real);
    let nonces: Vec<Nonce> = (0..drawn).map(|_| installation.nonce()).collect();
    let repeated = repeats(nonces.clone());
    println!("T18 nonces, seed none (system randomness), N {drawn}, failures {repeated}");
    assert_eq!(repeated, 0);
    let of_three_bytes = nonces.iter().map(|[one, two, three, ..]| [*one, *two, *three, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert!(repeats(of_three_bytes.collect()) > 0, "a source with too few bytes would be seen");
}

/// Reads and writes as a server does while keys are rotated: how many times, and how long it waited for the longest of them.
async fn serve(serving: Arc<DataKeys>, ids: Arc<Vec<String>>, stop: Arc<AtomicBool>) -> (usize, Duration) {
    let (mut acts, mut longest) = (0, Duration::ZERO);
    while !stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let asked = (0..8).map(|n| ids[(acts * 7_919 + n * 31) % ids.len()].as_str());
        let asked: HashSet<&str> = asked.collect();
        serving.remembered.lock().unwrap().keys.clear();
        assert_eq!(
            serving.find(asked.iter().copied()).await.unwrap().len(),
            asked.len(),
            "every key opens at any time"
        );
        let kept = kept(&serving).await;
        serving.remembered.lock().unwrap().keys.clear();
        assert_eq!(serving.find([&*kept.id]).await.unwrap().len(), 1);
        longest = longest.max(begun.elapsed());
        acts += 1;
        tokio::task::yield_now().await;
    }
    (acts, longest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_province_of_keys_is_rotated_under_a_serving_process_and_after_a_kill() {
    let count: usize = if std::env::var_os("NUAN_LONG").is_some() { 1_000_000 } else { 20_000 };
    let installation = Installation::new("province").await;
    let filling = installation.process(1 << 40);
    let mut ids = Vec::with_capacity(count);
    for _ in 0..count.div_euclid(1_000) {
        let rows: Vec<_> = (0..1_000).map(|_| filling.draw_new(super::OF_A_RECORD).unwrap().1).collect();
        key_store::insert_keys(&installation.store, &rows).await.unwrap();
        ids.extend(rows.into_iter().map(|row| row.id));
    }
    let (ids, stop) = (Arc::new(ids), Arc::new(AtomicBool::new(false)));
    let serving: Vec<_> = (2..4)
        .map(|place| Arc::new(installation.process(place << 40)))
        .map(|serving| tokio::spawn(serve(serving, Arc::clone(&ids), Arc::clone(&stop))))
        .collect();

    let begun = Instant::now();
    let (half, is_half_way) = (u64::try_from(count.div_euclid(2)).unwrap(), tokio::sync::Notify::new());
    let reached = |done| {
        if done >= half {
            is_half_way.notify_one()
        }
    };
    tokio::select! {
        rewrapped = installation.rotation(5 << 40, reached) => panic!("{rewrapped} keys before the kill"),
        () = is_half_way.notified() => {} // what was under way is dropped, as in a process that is killed
    }
    assert!(key_store::wrap_keys_in_use(&installation.store).await.unwrap().len() > 1, "half-way");
    let rewrapped = installation.rotation(6 << 40, |_| {}).await;
    let took = begun.elapsed();
    stop.store(true, Ordering::Relaxed);
    let (mut acts, mut longest) = (0, Duration::ZERO);
    for server in serving {
        let (own, waited) = server.await.unwrap();
        (acts, longest) = (acts + own, longest.max(waited));
    }
    assert!(rewrapped >= u64::try_from(count).unwrap() && took < Duration::from_secs(600) && acts > 10);
    assert!(longest < Duration::from_secs(8), "somebody waited for {longest:?}");
    let current = installation.keys();
    assert_eq!(key_store::wrap_keys_in_use(&installation.store).await.unwrap(), [current.current()]);
    let restarted = installation.process(7 << 40);
    for some in ids.chunks(10_000) {
        assert_eq!(restarted.find(some.iter().map(String::as_str)).await.unwrap().len(), some.len());
    }
    println!(
        "T18 rewrap, seed none, N {count} keys in {took:.1?}, {acts} acts meanwhile, longest {longest:.1?}, failures 0"
    );
}
