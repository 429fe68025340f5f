//===----------------------------------------------------------------------===//
// This source file is part of the Hasp project.
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

/// The style of all pages. No fonts and no pictures from elsewhere; every colour has a light and a dark value.
let pageStyle: StaticString = """
    :root{--back:#f5f4f0;--card:#fff;--ink:#1d2329;--soft:#5b6570;--line:#e2dfd7;--accent:#0f766e;--accent2:#7c4a03;
    --tint:#e3f3f0;--good:#14663f;--goodback:#e0f2e7;--poor:#a61b1b;--poorback:#fbe6e4;--soon:#8a5200;
    --soonback:#fbefd6;
    --wait:#c9b48a;--shadow:0 1px 2px #0000000f,0 6px 20px #0000000a}
    @media (prefers-color-scheme:dark){:root{--back:#121518;--card:#1a1f24;--ink:#e7e5df;--soft:#9fa9b3;--line:#2c343b;
    --accent:#5eead4;--accent2:#f2bd6b;--tint:#15332f;--good:#7ddba5;--goodback:#143325;--poor:#ff9d94;
    --poorback:#3b1a19;
    --soon:#f5c469;--soonback:#3a2c0f;--wait:#6f6148;--shadow:none}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--back);color:var(--ink);line-height:1.55;
    font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Hiragino Sans","Noto Sans JP",
    "Noto Sans CJK JP",sans-serif}
    main,.top,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}
    .top{display:flex;align-items:center;gap:.8rem;padding-top:1.25rem}
    .top b{display:block;font-size:1.05rem;line-height:1.2}.top span{color:var(--soft);font-size:.86rem}
    .hero{padding:1.6rem 0 1.1rem}
    h1{font-size:clamp(1.6rem,4.6vw,2.35rem);line-height:1.2;margin:0 0 .6rem;letter-spacing:-.015em;text-wrap:balance}
    h2{font-size:1.06rem;margin:0 0 .5rem}h3{font-size:.86rem;color:var(--soft);margin:1.1rem 0 .4rem;font-weight:600}
    p{margin:.4rem 0}a{color:var(--accent)}
    .facts-line{display:flex;flex-wrap:wrap;gap:.15rem 1rem;margin:0;font-size:1.02rem}
    .facts-line span{overflow-wrap:anywhere}
    .facts-line span:first-child{color:var(--accent);font-weight:650}
    .badges,.chips,.list,.tree{list-style:none;margin:0;padding:0}
    .badges{display:flex;flex-wrap:wrap;gap:.45rem;margin-top:.9rem}
    .badges li{background:var(--card);border:1px solid var(--line);border-radius:99px;padding:.12rem .75rem;
    font-size:.86rem;
    overflow-wrap:anywhere}
    .badges .good{background:var(--goodback);color:var(--good);border-color:transparent}
    .columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:1.1rem;
    align-items:start;
    margin-bottom:1.1rem}
    .card{background:var(--card);border:1px solid var(--line);border-radius:16px;padding:1.15rem 1.25rem 1.25rem;
    box-shadow:var(--shadow);min-width:0}
    .wide{margin-bottom:1.1rem}.columns>div{display:grid;gap:1.1rem;min-width:0}
    .hint{color:var(--soft);font-size:.88rem;margin:0 0 .8rem}
    .ladder{display:block;width:100%;max-width:30rem;height:auto;margin:.3rem auto 0}
    .life{stroke:var(--line);stroke-width:2}
    .head{fill:var(--tint)}.head.client{fill:var(--soonback)}
    .headtext{fill:var(--ink);font-size:13px;font-weight:600}
    .arrow{stroke:var(--accent);stroke-width:2}.arrow.client{stroke:var(--accent2)}
    .arrow.both{stroke:var(--soft);stroke-dasharray:3 4}
    .tip{fill:var(--accent)}.tip.client{fill:var(--accent2)}
    .say{fill:var(--ink);font-size:13px;font-weight:600}.detail{fill:var(--soft);font-size:11px}
    .time{fill:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
    .bar{display:block;width:100%;height:10px;border-radius:5px;margin-top:1rem;background:var(--line)}
    .bar .wait{fill:var(--wait)}.bar .work{fill:var(--accent)}
    .legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;font-size:.82rem;color:var(--soft);margin:.5rem 0 0}
    .key::before{content:"";display:inline-block;width:.7em;height:.7em;border-radius:3px;margin-right:.45em}
    .key.wait::before{background:var(--wait)}.key.work::before{background:var(--accent)}
    dl{margin:0}dd{margin:0}
    .offer{padding:.6rem 0;border-top:1px solid var(--line)}.offer:first-child{border-top:0;padding-top:0}
    .offer dt{color:var(--soft);font-size:.82rem}
    .agreed{font-size:1.02rem;overflow-wrap:anywhere}.none{color:var(--soft)}
    .chips{display:flex;flex-wrap:wrap;gap:.3rem;margin-top:.35rem}
    .chips li{border:1px solid var(--line);border-radius:8px;padding:.02rem .5rem;font-size:.78rem;color:var(--soft);
    overflow-wrap:anywhere}
    .chips .on{background:var(--goodback);color:var(--good);border-color:transparent;font-weight:600}
    .chips .noise{opacity:.6;border-style:dashed}.chips small{opacity:.85}
    summary{cursor:pointer;color:var(--soft);font-size:.82rem;margin-top:.3rem}
    summary:hover{color:var(--ink)}:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
    .tree .tree{margin:.5rem 0 0 .75rem;padding-left:.9rem;border-left:2px solid var(--line)}
    .cert b{overflow-wrap:anywhere}.cert small{display:block;color:var(--soft);font-size:.8rem}
    .anchor b{color:var(--soft)}
    .days{border-radius:99px;padding:.05rem .6rem;font-size:.76rem;font-weight:600;white-space:nowrap;
    margin-left:.35rem}
    .days.good{background:var(--goodback)}.days.soon{background:var(--soonback)}.days.poor{background:var(--poorback)}
    .good{color:var(--good)}.soon{color:var(--soon)}.poor{color:var(--poor)}
    .facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem .8rem;font-size:.84rem;margin-top:.5rem}
    .facts code{background:var(--back);border-radius:4px;padding:.05em .3em;font-size:.92em}
    .facts .mono{font-size:.93em}
    .facts dt{color:var(--soft)}.facts dd{overflow-wrap:anywhere;min-width:0}
    .mono,code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.82em}
    .list{max-height:34rem;overflow:auto}
    .list>li{display:grid;grid-template-columns:1.5rem 1fr;gap:.5rem;padding:.55rem 0;border-top:1px solid var(--line)}
    .list>li:first-child{border-top:0}.list>li>div{min-width:0}
    .mark{font-weight:700}.title{overflow-wrap:anywhere;font-size:.92rem;color:var(--ink)}
    .broken .title{color:var(--poor);font-weight:600}.list summary{margin:0}
    .meta{display:flex;flex-wrap:wrap;gap:0 .8rem;color:var(--soft);font-size:.8rem;overflow-wrap:anywhere;
    font-variant-numeric:tabular-nums}
    .broken details .meta{padding-left:.95rem}
    .trials{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:.7rem 1.2rem}
    .trials dt{font-size:.86rem;margin-bottom:.2rem}
    .trials code{display:block;background:var(--back);border-radius:8px;padding:.45rem .65rem;overflow-wrap:anywhere;
    font-size:.8rem}
    footer{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;padding-top:.5rem;padding-bottom:2rem;color:var(--soft);
    font-size:.82rem}
    .fresh{animation:fresh 2s ease-out}@keyframes fresh{from{background:var(--tint)}}
    @media (prefers-reduced-motion:reduce){.fresh{animation:none}}
    .sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    [hidden]{display:none}
    """

/// Adds new handshakes to the list. Without it the page shows the list as it was when it was loaded.
///
/// All text goes in as text, never as markup.
let pageScript: StaticString = """
    "use strict";(() => {
    const list = document.getElementById("list"), lang = document.documentElement.lang;
    const show = (id, on) => { document.getElementById(id).hidden = !on; };
    let latest = Number(list.dataset.latest);
    const clock = (time) => {
      const at = new Date(time.dateTime);
      if (!isNaN(at)) time.textContent = at.toLocaleTimeString(lang);
    };
    for (const time of list.querySelectorAll("time")) clock(time);
    const fill = (place, text) => {
      const parts = place.tagName === "DD" && !place.classList.contains("mono") ? text.split("`") : [text];
      if (parts.length % 2 === 0) { place.textContent = text; return; }
      place.replaceChildren(...parts.map((part, index) => {
        if (index % 2 === 0) return part;
        const code = document.createElement("code");
        code.textContent = part;
        return code;
      }));
    };
    const add = (entry) => {
      const mould = document.getElementById(entry.ok ? "done" : "broken");
      const item = mould.content.firstElementChild.cloneNode(true);
      for (const place of item.querySelectorAll("[data-f]")) fill(place, entry[place.dataset.f] ?? "");
      const time = item.querySelector("time");
      time.dateTime = entry.at;
      clock(time);
      item.classList.add("fresh");
      list.prepend(item);
      while (list.children.length > Number(list.dataset.limit)) list.lastElementChild.remove();
    };
    const look = async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch("/handshakes.json?after=" + latest, { cache: "no-store" });
        if (!answer.ok) throw new Error(answer.status);
        const news = await answer.json();
        if (news.run !== list.dataset.run) { location.reload(); return; }
        document.getElementById("completed").textContent = news.completed;
        document.getElementById("failed").textContent = news.failed;
        for (const entry of news.handshakes.reverse()) if (entry.number > latest) { add(entry); latest = entry.number; }
        show("live", true); show("gone", false);
      } catch { show("live", false); show("gone", true); }
    };
    const again = async () => { await look(); setTimeout(again, 2000); };
    document.addEventListener("visibilitychange", look);
    again();
    })();
    """
