//! A PostgreSQL server of the tests' own, in a folder of its own, where its programs are there.

use std::fs::File;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use medmij_examples::sql::Sql;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

/// A server that ends with the value.
pub(crate) struct Postgres {
    server: Child,
    port: u16,
    folder: TempDir,
    databases: AtomicUsize,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Nothing of it is kept, so nothing is lost by it.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

impl Postgres {
    /// Starts a server, or says why it cannot.
    pub(crate) fn start() -> Option<Self> {
        match Self::try_start() {
            Ok(server) => Some(server),
            Err(reason) => {
                drop(writeln!(std::io::stderr(), "skipped, without PostgreSQL: {reason}"));
                None
            }
        }
    }

    fn try_start() -> Result<Self, String> {
        let programs = programs().ok_or("there is no initdb")?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let data = folder.path().join("data");
        let user = unprivileged(folder.path())?;
        let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
        let initdb = user
            .command(&programs.join("initdb"))
            .args(["-A", "trust", "-U", "medmij", "-E", "UTF8", "--no-sync", "-D"])
            .arg(&data)
            .output();
        let initdb = initdb.map_err(|error| error.to_string())?;
        if !initdb.status.success() {
            return Err(format!("initdb: {}", said(&initdb)));
        }
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.map_err(|error| error.to_string())?.port();
        let log = File::create(folder.path().join("log")).map_err(|error| error.to_string())?;
        let server = user
            .command(&programs.join("postgres"))
            .args([
                "-h",
                "127.0.0.1",
                "-k",
                "",
                "-p",
                &port.to_string(),
                "-c",
                "max_connections=200",
                "-D",
            ])
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| error.to_string())?;
        let databases = AtomicUsize::new(0);
        let server = Self {
            server,
            port,
            folder,
            databases,
        };
        for _ in 0..300 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(std::fs::read_to_string(server.folder.path().join("log")).unwrap_or_default())
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://medmij@127.0.0.1:{}/{database}", self.port)
    }

    /// A store in a database of its own.
    pub(crate) async fn fresh(&self) -> Sql {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        // The server listens before it takes connections.
        let mut connection = PgConnection::connect(&self.url("postgres")).await;
        for _ in 0..100 {
            if connection.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            connection = PgConnection::connect(&self.url("postgres")).await;
        }
        let create = AssertSqlSafe(format!("CREATE DATABASE store{number}"));
        let mut connection = connection.expect("PostgreSQL takes connections");
        sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
        self.store(number).await
    }

    /// The store in a database that was made before.
    pub(crate) async fn store(&self, number: usize) -> Sql {
        let (url, key) = (
            self.url(&format!("store{number}")),
            self.folder.path().join("store.key"),
        );
        Sql::postgres(&url, &key).await.unwrap()
    }

    /// Where a process of its own finds the store of that number.
    pub(crate) fn place(&self, number: usize) -> (String, PathBuf) {
        (
            self.url(&format!("store{number}")),
            self.folder.path().join("store.key"),
        )
    }
}

/// Where initdb and postgres are.
fn programs() -> Option<PathBuf> {
    let in_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    // Debian's first: what stands in the path may be a wrapper of somebody's.
    let mut folders = debian.chain(in_path);
    folders.find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// As whom PostgreSQL runs, which refuses to run as root.
enum User {
    Own,
    Nobody,
}

impl User {
    fn command(&self, program: &Path) -> Command {
        match self {
            Self::Own => Command::new(program),
            Self::Nobody => {
                let mut command = Command::new("setpriv");
                command
                    .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"])
                    .arg(program);
                command
            }
        }
    }
}

/// The user to run as, to whom the folder is given.
fn unprivileged(folder: &Path) -> Result<User, String> {
    let own = Command::new("id")
        .arg("-u")
        .output()
        .map_err(|error| format!("id: {error}"))?;
    if own.stdout.trim_ascii() != b"0" {
        return Ok(User::Own);
    }
    let given = Command::new("chown").arg("nobody:nogroup").arg(folder).status();
    match given {
        Ok(status) if status.success() => Ok(User::Nobody),
        other => Err(format!("chown: {other:?}")),
    }
}
