// The style of the page that `history --output html` writes. No URL in it: it fetches nothing.
#pragma once

#include <string_view>

namespace reprise::cli {

// The inputs are siblings of what they change: no script is needed.
inline constexpr std::string_view page_style = R"css(
:root{color-scheme:light dark;--back:#fff;--raised:#f6f7f9;--line:#dfe3e8;--text:#1b1f24;
--dim:#5f6b7a;--run:#8492a6;--body:#3b7dd8;--failed:#d1373f;--cut:#8a3ffc;--rest:#b0b9c5;
--token:#8cb6ee;--timer:#c58a17;--awaited:#12876f;--child:#a347b8;--send:#5a6ee0;
--mark:#1b1f24;--label:min(18rem,48vw);--zoom:1}
@media(prefers-color-scheme:dark){:root{--back:#14171b;--raised:#1c2026;--line:#323942;
--text:#e4e8ed;--dim:#97a3b3;--run:#77859a;--body:#5b9bf0;--failed:#f0626a;--cut:#b28cff;
--rest:#5b6572;--token:#39608f;--timer:#dba642;--awaited:#39b89d;--child:#c878dc;
--send:#8796f5;--mark:#e4e8ed}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:110rem;background:var(--back);color:var(--text);
font:14px/1.45 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
h1{font-size:1.5rem;margin:0;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:2rem 0 .5rem}
h1,td,dd,.name,.note{unicode-bidi:isolate}
header p{margin:.2rem 0 0;color:var(--dim)}
.status{display:inline-block;padding:0 .55em;border-radius:1em;border:1px solid currentColor;
font-weight:600}
.good{color:#1a7f37}.bad{color:var(--failed)}.still{color:var(--body)}.held{color:#9a6700}
@media(prefers-color-scheme:dark){.good{color:#4ac26b}.held{color:#d4a72c}}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:1rem 0 0}
dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
input{position:absolute;opacity:0;pointer-events:none}
.bar-of-tools{display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;align-items:center;margin:.5rem 0}
.bar-of-tools span{color:var(--dim)}
.bar-of-tools label{padding:.05rem .6rem;border:1px solid var(--line);border-radius:.4rem;
cursor:pointer}
#even:checked~main label[for=even],#true:checked~main label[for=true],
#zoom1:checked~main label[for=zoom1],#zoom4:checked~main label[for=zoom4],
#zoom16:checked~main label[for=zoom16]{background:var(--text);color:var(--back)}
#even:focus-visible~main label[for=even],#true:focus-visible~main label[for=true],
#zoom1:focus-visible~main label[for=zoom1],#zoom4:focus-visible~main label[for=zoom4],
#zoom16:focus-visible~main label[for=zoom16]{outline:2px solid var(--body);outline-offset:2px}
#zoom4:checked~main .rows{--zoom:4}#zoom16:checked~main .rows{--zoom:16}
.chart{overflow:auto;max-height:75vh;border:1px solid var(--line);border-radius:.5rem}
.rows{position:relative;width:calc(var(--label) + (100% - var(--label))*var(--zoom))}
.row,.ticks{display:flex;height:1.7rem;border-bottom:1px solid var(--line)}
.row:last-child{border-bottom:0}
.row:hover .track,.row:hover .label{background:var(--raised)}
.label,.corner{position:sticky;left:0;z-index:3;flex:0 0 var(--label);width:var(--label);
background:var(--back);border-right:1px solid var(--line)}
.label{display:flex;gap:.5rem;align-items:center;padding:0 .6rem;color:inherit;
text-decoration:none}
.label .what{flex:0 0 4.4rem;color:var(--dim);font-size:.8rem}
.label .name{flex:1;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.label .took{color:var(--dim);font-size:.8rem;white-space:nowrap}
.label.failed .name{color:var(--failed);font-weight:600}
.label:hover .name{text-decoration:underline}
.track,.scale{position:relative;flex:1}
.ticks{position:sticky;top:0;z-index:4;background:var(--back)}
.scale b{position:absolute;left:var(--e);top:.25rem;padding-left:.35rem;font-weight:400;
font-size:.75rem;color:var(--dim);white-space:nowrap}
.grid{position:absolute;left:var(--label);right:0;top:1.7rem;bottom:0;z-index:1;
pointer-events:none}
.grid i{position:absolute;left:var(--e);top:0;bottom:0;border-left:1px solid var(--line)}
.p{position:absolute;z-index:2;left:var(--e);width:var(--f);min-width:3px;top:.35rem;height:1rem;
border-radius:2px;background:var(--c);color:#fff;font:600 .65rem/1rem system-ui,sans-serif;
overflow:hidden;padding-left:.25rem}
.p.m{left:var(--e);width:2px;min-width:2px;top:.1rem;height:1.5rem;background:var(--mark);padding:0}
#true:checked~main .p,#true:checked~main .grid i,#true:checked~main .scale b{left:var(--t)}
#true:checked~main .p{width:var(--u)}#true:checked~main .p.m{width:2px}
#true:checked~main .of-even,#even:checked~main .of-true{display:none}
.run{--c:var(--run)}.body{--c:var(--body)}.token{--c:var(--token)}.timer{--c:var(--timer)}
.awaited{--c:var(--awaited)}.child{--c:var(--child)}.send{--c:var(--send)}
.p.failed{--c:var(--failed)}
.p.rest,.p.paused,.p.unread,.p.starting,.p.cut{--h:var(--rest);z-index:1;top:.55rem;height:.6rem;
border:1px solid var(--h);
background:repeating-linear-gradient(135deg,var(--h) 0 3px,transparent 3px 6px)}
.p.paused{--h:#c08a00}.p.unread{--h:var(--awaited)}.p.starting{--h:var(--child)}
.p.cut{--h:var(--cut);top:.35rem;height:1rem}
.p.open{border-right:3px dotted var(--back);border-radius:2px 0 0 2px;
-webkit-mask-image:linear-gradient(90deg,#000 70%,#0005);
mask-image:linear-gradient(90deg,#000 70%,#0005)}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;margin:.6rem 0;color:var(--dim);
font-size:.85rem}
.legend .p{position:static;display:inline-block;width:1.6rem!important;height:.7rem;
vertical-align:baseline;margin-right:.4rem}
.legend .p.m{width:2px!important;height:.9rem;vertical-align:text-bottom}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{position:sticky;top:0;background:var(--back);text-align:left;font-weight:600;color:var(--dim);
z-index:2}
th,td{padding:.22rem .7rem .22rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right}
td.w{overflow-wrap:anywhere;min-width:7rem}
td.d,.site{color:var(--dim)}
.site{overflow-wrap:anywhere;font-size:.85rem;min-width:7rem}
td.t{white-space:nowrap}
tr:target td{background:var(--raised)}
tr.failed td.k{color:var(--failed)}
pre,code,summary{font:12px/1.4 ui-monospace,"DejaVu Sans Mono",monospace}
code{overflow-wrap:anywhere}
summary{cursor:pointer;overflow-wrap:anywhere}
pre{margin:.3rem 0;padding:.5rem;max-width:70ch;max-height:24rem;overflow:auto;
white-space:pre-wrap;overflow-wrap:anywhere;background:var(--raised);border-radius:.4rem}
.note{margin:.6rem 0;padding:.4rem .8rem;border-left:3px solid var(--timer);
background:var(--raised)}
footer{margin-top:1.5rem;color:var(--dim);font-size:.85rem}
@media print{:root{--back:#fff;--raised:#f6f7f9;--line:#ccc;--text:#000;--dim:#444;--mark:#000;
--label:17rem}
html{font-size:10px}
body{padding:0;font-size:1rem;max-width:none}
pre,code,summary{font-size:.9rem}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.bar-of-tools{display:none}.chart,.wide,pre{overflow:visible;max-height:none}
.rows{--zoom:1!important}
.row,tr,dl{break-inside:avoid}th,.ticks,.label{position:static}h2{break-after:avoid}
th,td{padding-right:.35rem}td.t{white-space:normal}}
)css";

}  // namespace reprise::cli
