//! The sounds of a result, made with WebAudio: no files. Silent where the browser has no audio or forbids it
//! before the first touch; a result never waits for its sound.

export type Sound = 'recorded' | 'refused' | 'tick';

interface Tone {
  /** Hertz. */
  pitch: number;
  /** Seconds after the start, and length in seconds. */
  from: number;
  long: number;
  /** 0 … 1. */
  loud: number;
}

const TONES: Record<Sound, readonly Tone[]> = {
  recorded: [
    { pitch: 784, from: 0, long: 0.07, loud: 0.25 },
    { pitch: 1175, from: 0.075, long: 0.085, loud: 0.25 },
  ],
  refused: [
    { pitch: 196, from: 0, long: 0.12, loud: 0.35 },
    { pitch: 196, from: 0.18, long: 0.16, loud: 0.35 },
  ],
  tick: [{ pitch: 1500, from: 0, long: 0.012, loud: 0.05 }],
};

/** Fade at both ends of a tone, in seconds, so that it does not click. */
const FADE = 0.008;

export class Speaker {
  #context: AudioContext | null = null;

  /** Call from a touch or key press: only then may a page start to sound. */
  unlock(): void {
    const context = this.#open();
    if (context?.state === 'suspended') void context.resume().catch(() => undefined);
  }

  play(sound: Sound): void {
    const context = this.#open();
    if (!context || context.state !== 'running') return;
    for (const tone of TONES[sound]) playTone(context, tone);
  }

  #open(): AudioContext | null {
    if (this.#context === null && typeof AudioContext !== 'undefined') {
      try {
        this.#context = new AudioContext();
      } catch {
        return null;
      }
    }
    return this.#context;
  }
}

function playTone(context: AudioContext, { pitch, from, long, loud }: Tone): void {
  const start = context.currentTime + from;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = 'triangle';
  oscillator.frequency.value = pitch;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(loud, start + FADE);
  gain.gain.setValueAtTime(loud, start + Math.max(FADE, long - FADE));
  gain.gain.linearRampToValueAtTime(0, start + long);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + long);
}
