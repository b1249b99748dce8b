//! How coverage is shown to people: one HTML page, which needs nothing but itself. No other file, no script of somebody else, no
//! network: it opens from a disk and from a presigned URL alike.
//!
//! organization-reconciler writes it into its bucket, and `plan` into a file, each with its data. The emulator serves it with a
//! script that keeps the data up to date.

const STYLE: &str = include_str!("style.css");
const VIEW: &str = include_str!("view.html");
const SCRIPT: &str = include_str!("view.js");

/// The hashes of the page's own style and script, by which its content security policy admits them and nothing else.
const STYLE_HASH: &str = "sha256-lTQ7yY3oYD7IJZ/eLtXXYRCX7ejT625rSdMZfACb01c=";
const SCRIPT_HASH: &str = "sha256-R6TpLgjqOvBrzI4EXjS2+ZQABbMohRbyhTiJPAJt5Us=";

/// The icon of the page, as SVG.
pub const ICON: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect width='16' height='16' rx='3' \
    fill='#2f6fed'/><path d='M4 8.5l3 3 5-7' fill='none' stroke='#fff' stroke-width='2'/></svg>";

/// What a page has beside the view of coverage that keeps itself up to date.
#[derive(Debug, Clone, Copy)]
pub struct Live<'a> {
    /// Its style.
    pub style: &'a str,
    /// The style's hash, as a content security policy has it.
    pub style_hash: &'a str,
    /// What it shows below its title, as markup.
    pub header: &'a str,
    /// What it shows above the view, as markup.
    pub above: &'a str,
    /// Its script, which gives `show` of `view.js` the data.
    pub script: &'a str,
    /// The script's hash.
    pub script_hash: &'a str,
}

/// A page that shows this data, as JSON. Whatever a name in it is, it does not end the script that it stands in.
pub fn page(title: &str, data: &str) -> String {
    let data = data.replace('<', "\\u003c");
    let policy = format!("style-src '{STYLE_HASH}'; script-src '{SCRIPT_HASH}'");
    let (head, body) = (head(title, &policy), body(title, "", ""));
    let data = format!("<script type=\"application/json\" id=\"data\">{data}</script>\n");
    format!("{head}{body}{data}<script>{SCRIPT}</script>\n</html>\n")
}

/// A page whose script asks the server that it comes from for the data.
pub fn live_page(title: &str, live: &Live<'_>) -> String {
    let Live { style, style_hash, header, above, script, script_hash } = live;
    let styles = format!("style-src '{STYLE_HASH}' '{style_hash}'");
    let scripts = format!("script-src '{SCRIPT_HASH}' '{script_hash}'");
    let head = head(title, &format!("{styles}; {scripts}; connect-src 'self'"));
    let body = body(title, header, above);
    format!("{head}<style>{style}</style>\n{body}<script>{SCRIPT}</script>\n<script>{script}</script>\n</html>\n")
}

fn head(title: &str, policy: &str) -> String {
    let icon = ICON.replace('#', "%23").replace('<', "%3C").replace('>', "%3E");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; {policy}; img-src data:; base-uri 'none'; \
         form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:image/svg+xml,{icon}\">\n<style>{STYLE}</style>\n"
    )
}

fn body(title: &str, header: &str, above: &str) -> String {
    format!("<header>\n<h1>{title}</h1>\n{header}<p id=\"made\"></p>\n</header>\n<main>\n{above}{VIEW}</main>\n")
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_policy_admits_the_style_and_the_script_of_the_page() {
        for (name, text, hash) in [("STYLE_HASH", STYLE, STYLE_HASH), ("SCRIPT_HASH", SCRIPT, SCRIPT_HASH)] {
            let current = format!("sha256-{}", STANDARD.encode(Sha256::digest(text)));
            assert_eq!(current, hash, "{name} is old");
        }
    }

    #[test]
    fn data_does_not_end_the_script_that_it_stands_in() {
        let page = page("Coverage", r#"["</script><script>alert(1)</script><!--"]"#);
        assert_eq!(page.matches("</script>").count(), 2, "{page}");
        assert!(page.contains(r#"["\u003c/script>\u003cscript>alert(1)"#));
    }
}
