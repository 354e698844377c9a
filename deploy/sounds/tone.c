/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tone.c - writes the sounds of the alarm: tone alarm|drill FILE.wav
 *
 * Mono, 16 bit, 22,050 Hz.  The alarm alternates two tones in the range where
 * small loudspeakers are loudest and sleepers wake; a drill is a slow rising
 * figure, so that nobody takes one for the other. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { RATE = 22050 };

struct note {
    double hz;
    int ms; /* 0 Hz is a rest */
};

static const struct note alarm_notes[] = {
    { 880, 250 },  { 1320, 250 }, { 880, 250 },  { 1320, 250 }, { 880, 250 },
    { 1320, 250 }, { 880, 250 },  { 1320, 250 }, { 0, 400 },
};
static const struct note drill_notes[] = {
    { 523, 350 }, { 0, 100 }, { 659, 350 }, { 0, 100 }, { 784, 500 }, { 0, 800 },
};

static int put(FILE *f, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        if (fputc((int)(value >> (8 * i) & 0xff), f) == EOF)
            return -1;
    return 0;
}

static uint32_t samples_of(const struct note *n)
{
    return (uint32_t)(n->ms * RATE / 1000);
}

static int put_header(FILE *f, uint32_t samples)
{
    if (fputs("RIFF", f) == EOF || put(f, 36 + samples * 2, 4) || fputs("WAVEfmt ", f) == EOF)
        return -1;
    if (put(f, 16, 4) || put(f, 1, 2) || put(f, 1, 2) || put(f, RATE, 4) || put(f, RATE * 2, 4))
        return -1;
    if (put(f, 2, 2) || put(f, 16, 2) || fputs("data", f) == EOF)
        return -1;
    return put(f, samples * 2, 4);
}

/* Two harmonics, with 10 ms of fading at both ends against clicks. */
static int put_note(FILE *f, const struct note *n)
{
    uint32_t total = samples_of(n), fade = RATE / 100;

    for (uint32_t i = 0; i < total; i++) {
        uint32_t edge = i < total - i ? i : total - i;
        double gain = edge < fade ? (double)edge / fade : 1.0;
        double phase = 2 * M_PI * n->hz * i / RATE;
        double v = n->hz > 0 ? 0.7 * sin(phase) + 0.2 * sin(3 * phase) : 0;
        if (put(f, (uint16_t)(int16_t)(v * gain * 32000), 2))
            return -1;
    }
    return 0;
}

static int put_sound(FILE *f, const struct note *notes, size_t n)
{
    uint32_t samples = 0;

    for (size_t i = 0; i < n; i++)
        samples += samples_of(&notes[i]);
    if (put_header(f, samples))
        return -1;
    for (size_t i = 0; i < n; i++)
        if (put_note(f, &notes[i]))
            return -1;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    int drill = strcmp(argv[1], "drill") == 0;
    FILE *f = fopen(argv[2], "wb");
    if (!f)
        return 1;
    int bad = drill ? put_sound(f, drill_notes, sizeof drill_notes / sizeof drill_notes[0])
                    : put_sound(f, alarm_notes, sizeof alarm_notes / sizeof alarm_notes[0]);
    return fclose(f) || bad ? 1 : 0;
}
