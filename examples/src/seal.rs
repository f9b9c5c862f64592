//! Sealing what must be read back: AES-256-GCM under a key of the deployment.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use medmij_core::{Random as _, SystemRandom};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;

const NONCE_LEN: usize = 12;
const KEY_LEN: usize = 32;

/// A key of the deployment.
pub struct Sealer {
    sealing: LessSafeKey,
    finding: hmac::Key,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// A key that lives as long as the process, for a store in memory.
    pub fn fresh() -> anyhow::Result<Self> {
        let mut key = [0; KEY_LEN];
        SystemRandom.fill(&mut key)?;
        Self::from_key(&key)
    }

    /// Reads the key of a file, which is made if it is not there, readable by its owner alone.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        match fs::read(path) {
            Ok(key) => Self::from_key(&key).with_context(|| format!("{} holds no key", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = [0; KEY_LEN];
                SystemRandom.fill(&mut key)?;
                write_private(path, &key).with_context(|| format!("cannot write {}", path.display()))?;
                Self::from_key(&key)
            }
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn from_key(key: &[u8]) -> anyhow::Result<Self> {
        match UnboundKey::new(&AES_256_GCM, key) {
            Ok(sealing) => Ok(Self {
                sealing: LessSafeKey::new(sealing),
                // Another key for another purpose, made of the same secret.
                finding: hmac::Key::new(
                    hmac::HMAC_SHA256,
                    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), b"finding").as_ref(),
                ),
            }),
            Err(_) => bail!("a key has {KEY_LEN} bytes"),
        }
    }

    /// A digest by which a value is found again, and which tells nobody without the key what it is: there are so few BSNs
    /// that a plain digest of one would.
    pub fn digest(&self, value: &[u8]) -> Vec<u8> {
        hmac::sign(&self.finding, value).as_ref().to_vec()
    }

    /// Seals a value for one place: it opens nowhere else.
    pub fn seal(&self, place: &[u8], mut blob: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom.fill(&mut nonce)?;
        let sealed =
            self.sealing
                .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut blob);
        if sealed.is_err() {
            bail!("a value is too long to be sealed");
        }
        Ok([nonce.as_slice(), &blob].concat())
    }

    /// Opens what was sealed for a place.
    pub fn open_sealed(&self, place: &[u8], blob: &[u8]) -> anyhow::Result<Vec<u8>> {
        let Some((nonce, sealed)) = blob.split_first_chunk::<NONCE_LEN>() else {
            bail!("a sealed value is too short");
        };
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        match self.sealing.open_in_place(nonce, Aad::from(place), &mut sealed) {
            Ok(value) => Ok(value.to_vec()),
            Err(_) => bail!("a sealed value does not open: another key, or another place"),
        }
    }
}

/// Writes a file that its owner alone may read.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // One that was there keeps its mode otherwise.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.write_all(bytes)
}

/// Makes a file that its owner alone may read, if it is not there.
pub fn private_file(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Makes a folder that its owner alone may enter, if it is not there.
pub fn private_folder(path: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}
