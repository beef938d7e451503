"""Which files a directory offers, and under which headers."""

import os
import subprocess
import sys

import pytest

from bocadillo.static_index import Moved, StaticIndex


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    (root / "css").mkdir(parents=True)
    (root / "css" / "app.css").write_text("p { color: red }")
    (root / "logo.svg").write_text("<svg/>")
    return root


@pytest.fixture(params=[False, True], ids=["remembered", "autorefresh"])
def index(root, request):
    """Make an index of the root, in each of the two ways there are."""

    def index(**options):
        return StaticIndex(str(root), {"autorefresh": request.param, **options})

    return index


def headers_of(variant):
    return dict(variant.headers)


def test_files_are_found_by_their_urls(index):
    (variant,) = index().find("/css/app.css")

    assert variant.path == os.path.join("css", "app.css")  # noqa: PTH118
    assert variant.content_type == 'text/css; charset="utf-8"'
    assert (variant.coding, variant.etag, variant.last_modified) == ("", "", "")
    assert headers_of(variant) == {"cache-control": "max-age=60, public"}


def test_a_prefix_stands_before_all_urls(index):
    prefixed = index(prefix="/a/b/")

    assert prefixed.find("/a/b/logo.svg")
    assert prefixed.find("/logo.svg") is None


@pytest.mark.parametrize(
    "url",
    [
        "/nothing",
        "/",
        "/css",
        "/css/",
        "/css//app.css",
        "//css/app.css",
        "/css/../logo.svg",
        "/./logo.svg",
        "/logo.svg/",
        "/css\\app.css",
        "logo.svg",
        "",
        "*",
        "/a\0",
        "/" + "x" * 300,
    ],
)
def test_other_urls_find_nothing(index, url):
    assert index().find(url) is None


def test_origins_are_allowed_when_asked(index):
    (variant,) = index(allow_all_origins=True).find("/logo.svg")

    assert headers_of(variant)["access-control-allow-origin"] == "*"


def test_options_are_whitenoise_s(index):
    (variant,) = index(
        max_age=None, charset="latin-1", mimetypes={".css": "text/x"}
    ).find("/css/app.css")

    assert variant.content_type == 'text/x; charset="latin-1"'
    assert headers_of(variant) == {}


@pytest.mark.parametrize(
    "name",
    [
        "app.3f2a1b9c.js",
        "app-3f2a1b9c0d1e.js",
        "app_0123456789abcdef0123456789abcdef.css",
        "app.d41d8cd98f00.css",
        "a.deadbeef.css",
        "a." + "0a" * 32 + ".js",
    ],
)
def test_a_file_with_a_hash_in_its_name_never_changes(index, root, name):
    (root / name).write_text("x")

    (variant,) = index().find(f"/{name}")

    assert (
        headers_of(variant)["cache-control"] == "max-age=315360000, public, immutable"
    )


@pytest.mark.parametrize(
    "name",
    [
        "report-20241231.pdf",
        "app.3f2a1b9.js",
        "app3f2a1b9c.js",
        "app.3f2a1b9c",
        "settings-defaults.js",
        "app.3F2A1B9C.js",
    ],
)
def test_other_files_may_change(index, root, name):
    (root / name).write_text("x")

    (variant,) = index().find(f"/{name}")

    assert headers_of(variant)["cache-control"] == "max-age=60, public"


@pytest.mark.parametrize("test", [r"logo", lambda path, url: path.endswith("logo.svg")])
def test_what_never_changes_may_be_told(index, test):
    told = index(immutable_file_test=test)

    assert "immutable" in headers_of(told.find("/logo.svg")[0])["cache-control"]
    assert "immutable" not in headers_of(told.find("/css/app.css")[0])["cache-control"]


def test_headers_may_be_added(index):
    def add_headers(headers, path, url):
        headers["ETag"] = '"v1"'
        headers["Last-Modified"] = "Sun, 06 Nov 1994 08:49:37 GMT"
        headers.add_header("Link", "<a>")
        headers.add_header("Link", "<b>")

    (variant,) = index(add_headers_function=add_headers).find("/logo.svg")

    assert (variant.etag, variant.last_modified[:3]) == ('"v1"', "Sun")
    assert variant.headers[1:] == (("link", "<a>"), ("link", "<b>"))


def test_a_header_that_would_break_the_response_is_refused(index):
    def add_headers(headers, path, url):
        headers["X-Path"] = "a\r\nset-cookie: b"

    with pytest.raises(ValueError, match="header 'X-Path'"):
        index(add_headers_function=add_headers).find("/logo.svg")


def test_compressed_variants_come_smallest_first(index, root):
    (root / "css" / "app.css.gz").write_bytes(b"gz")
    (root / "css" / "app.css.br").write_bytes(b"b")

    variants = index().find("/css/app.css")

    assert [variant.coding for variant in variants] == ["br", "gzip", ""]
    assert {headers_of(variant)["vary"] for variant in variants} == {"Accept-Encoding"}
    assert index().find("/css/app.css.gz") is None


def test_a_compressed_variant_that_is_larger_is_of_no_use(index, root):
    (root / "css" / "app.css.gz").write_bytes(b"gz" * 100)

    (variant,) = index().find("/css/app.css")

    assert variant.coding == ""
    assert headers_of(variant)["vary"] == "Accept-Encoding"


def test_a_compressed_file_without_a_plain_one_is_a_file(index, root):
    (root / "data.csv.gz").write_bytes(b"gz")

    (variant,) = index().find("/data.csv.gz")

    assert variant.coding == ""


def test_an_index_file_stands_for_its_directory(index, root):
    (root / "docs").mkdir()
    (root / "docs" / "index.html").write_text("docs")
    (root / "index.html").write_text("home")
    found = index(index_file=True)

    assert found.find("/")[0].path == "index.html"
    assert found.find("/docs/")[0].content_type == 'text/html; charset="utf-8"'
    assert dict(found.find("/docs").headers)["location"] == "docs/"
    assert dict(found.find("/docs/index.html").headers)["location"] == "./"
    assert isinstance(found.find("/index.html"), Moved)
    assert found.find("/css") is None


def test_an_index_file_may_have_another_name(index, root):
    (root / "home.htm").write_text("home")

    assert index(index_file="home.htm").find("/")[0].path == "home.htm"
    assert index().find("/") is None


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        "css/.htaccess",
        ".well-known/.env",
        ".well-known2/a",
        ".a/b",
    ],
)
def test_dotfiles_are_not_offered(index, root, path):
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text("secret")

    assert index().find(f"/{path}") is None


def test_well_known_files_are_offered(index, root):
    (root / ".well-known").mkdir()
    (root / ".well-known" / "security.txt").write_text("x")

    assert index().find("/.well-known/security.txt")


def test_links_within_the_directory_are_followed(index, root):
    (root / "style.css").symlink_to("css/app.css")
    (root / "styles").symlink_to(root / "css")

    assert index().find("/style.css")
    assert index().find("/styles/app.css")


def test_what_cannot_be_offered_is_left_out(root, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.txt").write_text("x")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "out.txt").symlink_to("../outside/x.txt")
    (root / "dangling").symlink_to("nowhere")
    (root / "self").symlink_to("self")
    (root / "again").symlink_to(".")
    (root / "css" / "up").symlink_to("..")
    (root / "css" / "app.css.br").symlink_to("../../outside/x.txt")
    os.mkfifo(root / "fifo")
    os.close(os.open(os.fsencode(root) + b"/\xff.txt", os.O_CREAT))

    index = StaticIndex(str(root), {"index_file": True})

    assert sorted(index._entries) == ["/css/app.css", "/logo.svg"]
    assert len(index.find("/css/app.css")) == 1


@pytest.mark.parametrize("url", ["/fifo", "/dangling", "/self", "/css/app.css/x"])
def test_autorefresh_finds_nothing_where_no_file_is(root, url):
    (root / "dangling").symlink_to("nowhere")
    (root / "self").symlink_to("self")
    os.mkfifo(root / "fifo")

    assert StaticIndex(str(root), {"autorefresh": True}).find(url) is None


def test_autorefresh_finds_nothing_where_a_variant_cannot_be_read(root):
    (root / "css" / "app.css.gz").symlink_to("app.css.gz")

    assert StaticIndex(str(root), {"autorefresh": True}).find("/css/app.css") is None


def test_files_that_come_later_are_found_with_autorefresh_alone(root):
    remembered = StaticIndex(str(root), {})
    refreshed = StaticIndex(str(root), {"autorefresh": True})
    (root / "new.txt").write_text("new")

    assert remembered.find("/new.txt") is None
    assert refreshed.find("/new.txt")


def test_a_directory_that_cannot_be_listed_is_left_out(root, monkeypatch):
    scandir = os.scandir

    def refuse(directory):
        if str(directory).endswith("css"):
            raise PermissionError
        return scandir(directory)

    monkeypatch.setattr(os, "scandir", refuse)

    assert list(StaticIndex(str(root), {})._entries) == ["/logo.svg"]


def test_whitenoise_is_imported_only_when_files_are_served():
    script = "import sys, bocadillo.staticfiles; assert 'whitenoise' not in sys.modules"

    subprocess.run([sys.executable, "-c", script], check=True)
