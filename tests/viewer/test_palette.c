/* SPDX-License-Identifier: MIT */
/*
 * Colours of states differ for every eye: CIEDE2000 (Sharma, Wu, Dalal 2005) between each pair,
 * for normal vision and full protanopia, deuteranopia and tritanopia (Machado, Oliveira,
 * Fernandes 2009). And text is legible: contrast as WCAG 2.1 defines it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "viewer/model/palette.h"

typedef struct {
  double l;
  double a;
  double b;
} Lab;

/* Applied to linear RGB. */
static const double visions[4][3][3] = {
    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    {{0.152286, 1.052583, -0.204868},
     {0.114503, 0.786281, 0.099216},
     {-0.003882, -0.048116, 1.051998}},
    {{0.367322, 0.860646, -0.227968},
     {0.280085, 0.672501, 0.047413},
     {-0.011820, 0.042940, 0.968881}},
    {{1.255528, -0.076749, -0.178779},
     {-0.078411, 0.930809, 0.147602},
     {0.004733, 0.691367, 0.303900}},
};
static const char *const vision_names[] = {"normal", "protanope", "deuteranope", "tritanope"};

static void to_linear(guint32 colour, double *rgb) {
  for (int i = 0; i < 3; i++) {
    double c = (colour >> (16 - 8 * i) & 0xff) / 255.0;
    rgb[i] = c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
  }
}

static double lab_root(double t) {
  return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

static Lab to_lab(guint32 colour, int vision) {
  double rgb[3];
  double seen[3];
  to_linear(colour, rgb);
  for (int i = 0; i < 3; i++) {
    const double *row = visions[vision][i];
    seen[i] = CLAMP(row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2], 0, 1);
  }
  double x = (0.4124564 * seen[0] + 0.3575761 * seen[1] + 0.1804375 * seen[2]) / 0.95047;
  double y = 0.2126729 * seen[0] + 0.7151522 * seen[1] + 0.0721750 * seen[2];
  double z = (0.0193339 * seen[0] + 0.1191920 * seen[1] + 0.9503041 * seen[2]) / 1.08883;
  return (Lab){116 * lab_root(y) - 16, 500 * (lab_root(x) - lab_root(y)),
               200 * (lab_root(y) - lab_root(z))};
}

static double hue(double b, double a) {
  double degrees = atan2(b, a) * 180 / G_PI;
  return degrees < 0 ? degrees + 360 : degrees;
}

static double radians(double degrees) {
  return degrees * G_PI / 180;
}

static double delta_e(Lab one, Lab two) {
  double mean_c = (hypot(one.a, one.b) + hypot(two.a, two.b)) / 2;
  double g = 0.5 * (1 - sqrt(pow(mean_c, 7) / (pow(mean_c, 7) + pow(25, 7))));
  double a1 = (1 + g) * one.a;
  double a2 = (1 + g) * two.a;
  double c1 = hypot(a1, one.b);
  double c2 = hypot(a2, two.b);
  double h1 = hue(one.b, a1);
  double h2 = hue(two.b, a2);
  double dh = h2 - h1;
  gboolean grey = c1 * c2 < 1e-12;
  if (grey)
    dh = 0;
  else if (dh > 180)
    dh -= 360;
  else if (dh < -180)
    dh += 360;
  double dl = two.l - one.l;
  double dc = c2 - c1;
  double dhh = 2 * sqrt(c1 * c2) * sin(radians(dh / 2));
  double l = (one.l + two.l) / 2;
  double c = (c1 + c2) / 2;
  double h = grey                   ? h1 + h2
             : fabs(h1 - h2) <= 180 ? (h1 + h2) / 2
             : h1 + h2 < 360        ? (h1 + h2 + 360) / 2
                                    : (h1 + h2 - 360) / 2;
  double t = 1 - 0.17 * cos(radians(h - 30)) + 0.24 * cos(radians(2 * h)) +
             0.32 * cos(radians(3 * h + 6)) - 0.20 * cos(radians(4 * h - 63));
  double turn = -sin(radians(60 * exp(-pow((h - 275) / 25, 2)))) * 2 *
                sqrt(pow(c, 7) / (pow(c, 7) + pow(25, 7)));
  double sl = dl / (1 + 0.015 * pow(l - 50, 2) / sqrt(20 + pow(l - 50, 2)));
  double sc = dc / (1 + 0.045 * c);
  double sh = dhh / (1 + 0.015 * c * t);
  return sqrt(sl * sl + sc * sc + sh * sh + turn * sc * sh);
}

/* Pairs of Sharma's published table, to know that the measure itself is right. */
static void test_measure(void **state) {
  assert_true(fabs(delta_e((Lab){50, 2.6772, -79.7751}, (Lab){50, 0, -82.7485}) - 2.0425) < 1e-4);
  assert_true(fabs(delta_e((Lab){50, 2.5, 0}, (Lab){73, 25, -18}) - 27.1492) < 1e-4);
  assert_true(fabs(delta_e((Lab){2.0776, 0.0795, -1.1350}, (Lab){0.9033, -0.0636, -0.5514}) -
                   0.9082) < 1e-4);
}

/*
 * The least CIEDE2000 between two of the seventeen states, to the eye that tells them worst. With
 * the first nine of them the design had 10.87 in light and 11.61 in dark colours; all seventeen
 * have 10.87 (cached and in transit, to a tritanope) and 11.60 (ends of spans and clean slices, to
 * a protanope). High contrast asks each fill for 3:1 against the background as well
 * (test_high_contrast), which leaves it one end of the lightness: 9.75 (free and files, to a
 * tritanope) and 10.38 (untouched and ends of spans, to a deuteranope). About 2.3 is what is just
 * noticed side by side.
 */
static const double least_apart[] = {[HV_THEME_LIGHT] = 10.85,
                                     [HV_THEME_DARK] = 11.58,
                                     [HV_THEME_LIGHT_CONTRAST] = 9.73,
                                     [HV_THEME_DARK_CONTRAST] = 10.36};

static void test_states_differ(void **state) {
  for (int theme = HV_THEME_LIGHT; theme < HV_THEME_LIGHT_GREY; theme++) {
    const HvPalette *palette = hv_palette_get((HvTheme)theme);
    for (guint i = 0; i < HV_STATE_COUNT; i++)
      for (guint k = i + 1; k < HV_STATE_COUNT; k++)
        for (int vision = 0; vision < 4; vision++) {
          double distance =
              delta_e(to_lab(palette->state[i], vision), to_lab(palette->state[k], vision));
          if (distance < least_apart[theme])
            fail_msg("theme %d: %s and %s are %.1f apart to a %s eye", theme,
                     hv_state_key((HvState)i), hv_state_key((HvState)k), distance,
                     vision_names[vision]);
        }
  }
}

/* What a lens without an order shows: families, the rest, what it does not speak of, background. */
static void test_families_differ(void **state) {
  for (int theme = HV_THEME_LIGHT; theme < HV_THEME_LIGHT_GREY; theme++) {
    const HvPalette *palette = hv_palette_get((HvTheme)theme);
    guint32 colour[HV_FAMILIES + 3];
    memcpy(colour, palette->family, sizeof palette->family);
    colour[HV_FAMILIES] = palette->others;
    colour[HV_FAMILIES + 1] = palette->quiet;
    colour[HV_FAMILIES + 2] = palette->background;
    for (guint i = 0; i < G_N_ELEMENTS(colour); i++)
      for (guint k = i + 1; k < G_N_ELEMENTS(colour); k++)
        for (int vision = 0; vision < 4; vision++) {
          double distance = delta_e(to_lab(colour[i], vision), to_lab(colour[k], vision));
          if (distance < least_apart[theme])
            fail_msg("theme %d: family colours %u and %u are %.1f apart to a %s eye", theme, i, k,
                     distance, vision_names[vision]);
        }
  }
}

/* Shades keep the order of their lightness, and the ends are told apart. */
static void test_shades(void **state) {
  for (int theme = HV_THEME_LIGHT; theme < HV_THEMES; theme++)
    for (guint family = 0; family < HV_FAMILIES; family++)
      for (int vision = 0; vision < 4; vision++) {
        guint32 base = hv_palette_get((HvTheme)theme)->family[family];
        Lab first = to_lab(hv_palette_shade(base, 0, 8), vision);
        Lab last = to_lab(hv_palette_shade(base, 7, 8), vision);
        for (guint i = 1; i < 8; i++)
          assert_true(to_lab(hv_palette_shade(base, i, 8), vision).l >
                      to_lab(hv_palette_shade(base, i - 1, 8), vision).l);
        assert_true(delta_e(first, last) > 9.5);
      }
}

/* @ramp goes one way in lightness to every eye, and stops that are three apart differ. */
static void check_ramp(const char *name, const guint32 *ramp, double least) {
  for (int vision = 0; vision < 4; vision++) {
    Lab stop[HV_RAMP_STOPS];
    for (guint i = 0; i < HV_RAMP_STOPS; i++)
      stop[i] = to_lab(ramp[i], vision);
    gboolean rises = stop[HV_RAMP_STOPS - 1].l > stop[0].l;
    for (guint i = 1; i < HV_RAMP_STOPS; i++)
      if ((stop[i].l > stop[i - 1].l) != rises)
        fail_msg("%s: lightness turns at stop %u to a %s eye", name, i, vision_names[vision]);
    for (guint i = 3; i < HV_RAMP_STOPS; i++)
      if (delta_e(stop[i], stop[i - 3]) < least)
        fail_msg("%s: stops %u and %u are %.1f apart to a %s eye", name, i - 3, i,
                 delta_e(stop[i], stop[i - 3]), vision_names[vision]);
  }
}

static void test_ramps(void **state) {
  for (int theme = HV_THEME_LIGHT; theme < HV_THEMES; theme++) {
    const HvPalette *palette = hv_palette_get((HvTheme)theme);
    check_ramp("fill", palette->fill, 9.5);
    check_ramp("age", palette->age, 9.5);
    check_ramp("churn", palette->churn, 9.5);
    /* Both halves of the difference lead away from the middle, which is nobody's end. */
    for (int vision = 0; vision < 4; vision++) {
      Lab low = to_lab(palette->diff[0], vision);
      Lab middle = to_lab(hv_palette_ramp(palette->diff, 1, 2), vision);
      Lab high = to_lab(palette->diff[HV_RAMP_STOPS - 1], vision);
      Lab weak_low = to_lab(hv_palette_ramp(palette->diff, 1, 4), vision);
      Lab weak_high = to_lab(hv_palette_ramp(palette->diff, 3, 4), vision);
      assert_true(delta_e(low, high) > 16);
      assert_true(delta_e(low, middle) > 16 && delta_e(high, middle) > 16);
      assert_true(delta_e(weak_low, weak_high) > 9.5);
      assert_true(delta_e(weak_low, middle) > 9.5 && delta_e(weak_high, middle) > 9.5);
    }
  }
}

/* A ramp passes through its stops, and never leaves the two between which it is. */
static void test_ramp_arithmetic(void **state) {
  const guint32 *stops = hv_palette_get(HV_THEME_LIGHT)->fill;
  for (guint i = 0; i < HV_RAMP_STOPS; i++)
    assert_int_equal(hv_palette_ramp(stops, i * 7, 7 * (HV_RAMP_STOPS - 1)), stops[i]);
  assert_int_equal(hv_palette_ramp(stops, 5, 0), stops[0]);
  assert_int_equal(hv_palette_ramp(stops, G_GUINT64_CONSTANT(1) << 40, 3),
                   stops[HV_RAMP_STOPS - 1]);
  for (guint64 value = 0; value <= 1000; value++) {
    guint32 colour = hv_palette_ramp(stops, value, 1000);
    guint stop = (guint)(value * (HV_RAMP_STOPS - 1) / 1000);
    for (int shift = 0; shift < 32; shift += 8) {
      guint32 a = stops[stop] >> shift & 0xff;
      guint32 b = stops[MIN(stop + 1, HV_RAMP_STOPS - 1)] >> shift & 0xff;
      guint32 c = colour >> shift & 0xff;
      assert_true(c >= MIN(a, b) && c <= MAX(a, b));
    }
  }
}

static double luminance(guint32 colour) {
  double rgb[3];
  to_linear(colour, rgb);
  return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
}

static double contrast(guint32 one, guint32 two) {
  double a = luminance(one) + 0.05;
  double b = luminance(two) + 0.05;
  return a > b ? a / b : b / a;
}

static void test_text_is_legible(void **state) {
  for (int theme = HV_THEME_LIGHT; theme < HV_THEMES; theme++) {
    const HvPalette *palette = hv_palette_get((HvTheme)theme);
    assert_true(contrast(palette->text, palette->background) >= 7);
    assert_true(contrast(palette->text, palette->panel) >= 7);
    assert_true(contrast(palette->text_dim, palette->background) >= 4.5);
    assert_true(contrast(palette->text_dim, palette->panel) >= 4.5);
    for (guint i = 0; i < HV_STATE_COUNT; i++)
      if (contrast(hv_palette_text_on(palette->state[i]), palette->state[i]) < 4)
        fail_msg("theme %d: text on %s has contrast %.1f", theme, hv_state_key((HvState)i),
                 contrast(hv_palette_text_on(palette->state[i]), palette->state[i]));
  }
}

/* What came and what went are told apart, and from the blocks that the rims are drawn on: freed
 * ones are cached, or free. */
static void test_rims_are_seen(void **state) {
  for (int theme = HV_THEME_LIGHT; theme < HV_THEMES; theme++) {
    const HvPalette *palette = hv_palette_get((HvTheme)theme);
    for (int vision = 0; vision < 4; vision++) {
      Lab born = to_lab(palette->born, vision);
      Lab freed = to_lab(palette->freed, vision);
      assert_true(delta_e(born, freed) > 16);
      assert_true(delta_e(born, to_lab(palette->state[HV_STATE_LIVE], vision)) > 16);
      assert_true(delta_e(born, to_lab(palette->state[HV_STATE_LARGE], vision)) > 16);
      assert_true(delta_e(freed, to_lab(palette->state[HV_STATE_FREE], vision)) > 16);
      double from_cached = delta_e(freed, to_lab(palette->state[HV_STATE_CACHED], vision));
      if (from_cached < 14)
        fail_msg("theme %d: a rim is %.1f from cached blocks to a %s eye", theme, from_cached,
                 vision_names[vision]);
    }
  }
}

/* With high contrast, text stands out more, and so does what there is to see on the map. */
static void test_high_contrast(void **state) {
  static const HvState main_states[] = {HV_STATE_LIVE,   HV_STATE_LARGE,   HV_STATE_REGION,
                                        HV_STATE_CACHED, HV_STATE_TRANSIT, HV_STATE_FREE,
                                        HV_STATE_DIRTY,  HV_STATE_METADATA};
  for (int theme = HV_THEME_LIGHT_CONTRAST; theme <= HV_THEME_DARK_CONTRAST; theme++) {
    const HvPalette *palette = hv_palette_get((HvTheme)theme);
    assert_true(contrast(palette->text, palette->background) >= 20);
    assert_true(contrast(palette->text_dim, palette->background) >= 7);
    assert_true(contrast(palette->text_dim, palette->panel) >= 7);
    assert_true(contrast(palette->rule, palette->background) >= 3);
    assert_true(contrast(palette->accent, palette->background) >= 4.5);
    for (guint i = 0; i < G_N_ELEMENTS(main_states); i++)
      if (contrast(palette->state[main_states[i]], palette->background) < 3)
        fail_msg("theme %d: %s has contrast %.1f", theme, hv_state_key(main_states[i]),
                 contrast(palette->state[main_states[i]], palette->background));
    for (guint i = 1; i < HV_STATE_COUNT; i++)
      if (contrast(palette->state[i], palette->background) < 1.7)
        fail_msg("theme %d: %s has contrast %.1f", theme, hv_state_key((HvState)i),
                 contrast(palette->state[i], palette->background));
  }
}

/* Fails unless all of @colours are grey and @least apart in lightness, CIE L*. */
static void check_greys(const char *what, const guint32 *colours, guint count, double least) {
  for (guint i = 0; i < count; i++) {
    if ((colours[i] >> 16 & 0xff) != (colours[i] & 0xff) ||
        (colours[i] >> 8 & 0xff) != (colours[i] & 0xff))
      fail_msg("%s %u is %06x: no grey", what, i, colours[i] & 0xffffff);
    for (guint k = 0; k < i; k++)
      if (fabs(to_lab(colours[i], 0).l - to_lab(colours[k], 0).l) < least)
        fail_msg("%s %u and %u are %.1f apart", what, k, i,
                 fabs(to_lab(colours[i], 0).l - to_lab(colours[k], 0).l));
  }
}

/*
 * Without colour, lightness tells: seventeen states leave 5 of L* between the closest two, which is
 * seen side by side, but is not known again elsewhere. So what lies next to live blocks is 20 and
 * more away from them, and each state of the map has a cue of its own (test_cue.c), but for the
 * live blocks, which are plain.
 */
static void test_greys(void **state) {
  static const HvState beside[] = {HV_STATE_CACHED,    HV_STATE_TRANSIT, HV_STATE_FREE,
                                   HV_STATE_UNTOUCHED, HV_STATE_TAIL,    HV_STATE_DIRTY,
                                   HV_STATE_CLEAN,     HV_STATE_METADATA};
  for (int theme = HV_THEME_LIGHT_GREY; theme <= HV_THEME_DARK_GREY; theme++) {
    const HvPalette *palette = hv_palette_get((HvTheme)theme);
    guint32 families[HV_FAMILIES + 3];
    memcpy(families, palette->family, sizeof palette->family);
    families[HV_FAMILIES] = palette->others;
    families[HV_FAMILIES + 1] = palette->quiet;
    families[HV_FAMILIES + 2] = palette->background;
    check_greys("state", palette->state, HV_STATE_COUNT, 5);
    check_greys("family", families, G_N_ELEMENTS(families), 7);
    check_greys("stop of fill", palette->fill, HV_RAMP_STOPS, 8);
    check_greys("stop of age", palette->age, HV_RAMP_STOPS, 8);
    check_greys("stop of churn", palette->churn, HV_RAMP_STOPS, 8);
    check_greys("stop of difference", palette->diff, HV_RAMP_STOPS, 8);
    for (guint i = 0; i < G_N_ELEMENTS(beside); i++)
      if (fabs(to_lab(palette->state[beside[i]], 0).l -
               to_lab(palette->state[HV_STATE_LIVE], 0).l) < 20)
        fail_msg("theme %d: %s is like live", theme, hv_state_key(beside[i]));
  }
}

static void test_keys(void **state) {
  HvTheme theme = HV_THEME_DARK;
  assert_false(hv_theme_parse("pink", &theme));
  assert_int_equal(theme, HV_THEME_DARK);
  for (int i = 0; i < HV_THEMES; i++) {
    assert_true(hv_theme_parse(hv_theme_key((HvTheme)i), &theme));
    assert_int_equal(theme, i);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_measure),
      cmocka_unit_test(test_states_differ),
      cmocka_unit_test(test_families_differ),
      cmocka_unit_test(test_shades),
      cmocka_unit_test(test_ramps),
      cmocka_unit_test(test_ramp_arithmetic),
      cmocka_unit_test(test_text_is_legible),
      cmocka_unit_test(test_rims_are_seen),
      cmocka_unit_test(test_high_contrast),
      cmocka_unit_test(test_greys),
      cmocka_unit_test(test_keys),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
