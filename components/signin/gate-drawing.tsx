// Streamlines from the still water above the gate to the quick water below: [path, strength].
const streams: [string, number][] = [
  ["M-10 250.0C240 254.0 320 560.0 470 560.0S660 514.0 930 520.0", 0.16],
  ["M-10 272.4C240 276.4 320 564.4 470 564.4S660 528.1 930 529.0", 0.5],
  ["M-10 294.8C240 298.8 320 568.8 470 568.8S660 537.6 930 538.1", 0.25],
  ["M-10 317.1C240 321.1 320 573.1 470 573.1S660 542.0 930 547.1", 0.47],
  ["M-10 339.5C240 343.5 320 577.5 470 577.5S660 545.6 930 556.2", 0.33],
  ["M-10 361.9C240 365.9 320 581.9 470 581.9S660 553.5 930 565.2", 0.43],
  ["M-10 384.3C240 388.3 320 586.3 470 586.3S660 566.6 930 574.3", 0.4],
  ["M-10 406.7C240 410.7 320 590.7 470 590.7S660 581.3 930 583.3", 0.37],
  ["M-10 429.0C240 433.0 320 595.0 470 595.0S660 592.3 930 592.4", 0.45],
  ["M-10 451.4C240 455.4 320 599.4 470 599.4S660 597.9 930 601.4", 0.29],
  ["M-10 473.8C240 477.8 320 603.8 470 603.8S660 601.2 930 610.5", 0.49],
  ["M-10 496.2C240 500.2 320 608.2 470 608.2S660 607.5 930 619.5", 0.21],
  ["M-10 518.6C240 522.6 320 612.6 470 612.6S660 619.4 930 628.6", 0.5],
  ["M-10 541.0C240 545.0 320 617.0 470 617.0S660 634.1 930 637.6", 0.2],
  ["M-10 563.3C240 567.3 320 621.3 470 621.3S660 646.6 930 646.7", 0.49],
  ["M-10 585.7C240 589.7 320 625.7 470 625.7S660 653.6 930 655.7", 0.28],
  ["M-10 608.1C240 612.1 320 630.1 470 630.1S660 657.0 930 664.8", 0.46],
  ["M-10 630.5C240 634.5 320 634.5 470 634.5S660 662.0 930 673.8", 0.36],
  ["M-10 652.9C240 656.9 320 638.9 470 638.9S660 672.4 930 682.9", 0.41],
  ["M-10 675.2C240 679.2 320 643.2 470 643.2S660 686.8 930 691.9", 0.42],
  ["M-10 697.6C240 701.6 320 647.6 470 647.6S660 700.4 930 701.0", 0.34],
  ["M-10 720.0C240 724.0 320 652.0 470 652.0S660 709.0 930 710.0", 0.47],
];

const moves = (nth: number) => nth % 3 === 1;

/** The mark at full size: water held back, and what the gate lets through. */
export function GateDrawing() {
  return (
    <div aria-hidden="true" className="relative hidden overflow-hidden border-l border-line bg-[light-dark(#e6efef,#0a1518)] desk:block">
      <svg viewBox="0 0 920 900" preserveAspectRatio="xMidYMid slice" className="absolute inset-0 size-full">
        <title>A gate above flowing water</title>
        <path d="M-10 230H470V540C530 545 660 514 930 508V742H-10Z" fill="var(--color-ok-mark)" opacity=".09" />
        {streams.map(([path, strength]) => (
          <path key={path} className="stream" d={path} opacity={strength} />
        ))}
        {streams
          .filter((_, nth) => moves(nth))
          .map(([path]) => (
            <path key={path} className="stream moves" d={path} opacity=".9" />
          ))}
        <rect x="461" y="120" width="18" height="420" rx="3" fill="var(--color-flow)" />
        <path d="M444 90V548M496 90V548" stroke="var(--color-ink)" strokeWidth="2" opacity=".55" />
        <path d="M470 44V120M432 44H508" stroke="var(--color-ink)" strokeWidth="5" strokeLinecap="round" />
        <path d="M-10 230H444" stroke="var(--color-ink)" strokeWidth="1.5" opacity=".5" />
        <path d="M-10 742H930" stroke="var(--color-ink)" strokeWidth="1.5" opacity=".5" />
        <path d="M350 230l7-12h-14z" fill="var(--color-ink)" opacity=".6" />
      </svg>
    </div>
  );
}
