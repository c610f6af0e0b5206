/* SPDX-License-Identifier: MIT */
/* The palettes as data; tests/viewer/test_palette.c measures how far apart the colours are. */
#include "viewer/model/palette.h"

#define RGB(rgb) (0xff000000u | (rgb))

/* cividis (Nunez, Anderton, Renslow 2018) at tenths. */
#define CIVIDIS                                                                                    \
  {                                                                                                \
    RGB(0x00204d), RGB(0x00336f), RGB(0x39486b), RGB(0x575c6d), RGB(0x707173), RGB(0x8a8779),      \
        RGB(0xa69d75), RGB(0xc4b56c), RGB(0xe4cf5b), RGB(0xffea46)                                 \
  }

/* The ramps are the same with and without high contrast. */
#define LIGHT_RAMPS                                                                                \
  .fill = CIVIDIS,                                                                                 \
  .age = {RGB(0xeff3f8), RGB(0xdce6f1), RGB(0xc5d8ea), RGB(0xa9c7e1), RGB(0x86b1d5),               \
          RGB(0x6398c7), RGB(0x437eb6), RGB(0x2a64a2), RGB(0x154a89), RGB(0x08306b)},              \
  .churn = {RGB(0xfdf0e4), RGB(0xfcdfc5), RGB(0xfbca9f), RGB(0xf8b078), RGB(0xf19452),             \
            RGB(0xe37833), RGB(0xcc5f1d), RGB(0xac4a12), RGB(0x8a380c), RGB(0x652709)},            \
  .diff = {RGB(0x2166ac), RGB(0x4d87c0), RGB(0x76a9d0), RGB(0xa3c9e1), RGB(0xdde9f1),              \
           RGB(0xf8ead9), RGB(0xfdc98c), RGB(0xf0a350), RGB(0xd57d2a), RGB(0xb35806)}
#define DARK_RAMPS                                                                                 \
  .fill = CIVIDIS,                                                                                 \
  .age = {RGB(0x16273d), RGB(0x1b3757), RGB(0x224872), RGB(0x2b5b8d), RGB(0x3a70a7),               \
          RGB(0x5087bd), RGB(0x6d9fd0), RGB(0x90b9e0), RGB(0xb7d2ec), RGB(0xe3eef8)},              \
  .churn = {RGB(0x36200f), RGB(0x4f2c11), RGB(0x6b3912), RGB(0x884814), RGB(0xa75a1a),             \
            RGB(0xc46f2a), RGB(0xdd8944), RGB(0xefa76a), RGB(0xf9c89b), RGB(0xfdebd6)},            \
  .diff = {RGB(0x6cb6f5), RGB(0x539ad9), RGB(0x3f7db6), RGB(0x305f8a), RGB(0x2f4254),              \
           RGB(0x4c3c2c), RGB(0x7d5320), RGB(0xac7020), RGB(0xd99032), RGB(0xffb55a)}

/* Evenly spaced in lightness; of a difference, less is dark and more is light. */
#define LIGHT_GREYS_FALLING                                                                        \
  {                                                                                                \
    RGB(0xf1f1f1), RGB(0xd6d6d6), RGB(0xbdbdbd), RGB(0xa4a4a4), RGB(0x8c8c8c), RGB(0x747474),      \
        RGB(0x5d5d5d), RGB(0x484848), RGB(0x333333), RGB(0x1f1f1f)                                 \
  }
#define LIGHT_GREY_RAMPS                                                                           \
  .fill = {RGB(0x181818), RGB(0x2b2b2b), RGB(0x414141), RGB(0x575757), RGB(0x6f6f6f),              \
           RGB(0x878787), RGB(0xa0a0a0), RGB(0xbababa), RGB(0xd5d5d5), RGB(0xf1f1f1)},             \
  .age = LIGHT_GREYS_FALLING, .churn = LIGHT_GREYS_FALLING,                                        \
  .diff = {RGB(0x1f1f1f), RGB(0x333333), RGB(0x484848), RGB(0x5d5d5d), RGB(0x747474),              \
           RGB(0x8c8c8c), RGB(0xa4a4a4), RGB(0xbdbdbd), RGB(0xd6d6d6), RGB(0xf1f1f1)}
#define DARK_GREYS                                                                                 \
  {                                                                                                \
    RGB(0x2c2c2c), RGB(0x404040), RGB(0x545454), RGB(0x6a6a6a), RGB(0x808080), RGB(0x979797),      \
        RGB(0xafafaf), RGB(0xc7c7c7), RGB(0xe0e0e0), RGB(0xf9f9f9)                                 \
  }
#define DARK_GREY_RAMPS                                                                            \
  .fill = DARK_GREYS, .age = DARK_GREYS, .churn = DARK_GREYS, .diff = DARK_GREYS

static const HvPalette
    palettes[HV_THEMES] =
        {
            [HV_THEME_LIGHT] =
                {
                    .state =
                        {
                            [HV_STATE_NONE] = RGB(0xfafafa),
                            [HV_STATE_LIVE] = RGB(0x0072b2),
                            [HV_STATE_LARGE] = RGB(0x004d38),
                            [HV_STATE_REGION] = RGB(0x83a175),
                            [HV_STATE_CACHED] = RGB(0xe69f00),
                            [HV_STATE_TRANSIT] = RGB(0xcc79a7),
                            [HV_STATE_FREE] = RGB(0xa6d8f5),
                            [HV_STATE_UNTOUCHED] = RGB(0xdaffc1),
                            [HV_STATE_TAIL] = RGB(0x6f7468),
                            [HV_STATE_DIRTY] = RGB(0xd55e00),
                            [HV_STATE_CLEAN] = RGB(0xc0bfbc),
                            [HV_STATE_METADATA] = RGB(0xf0e442),
                            [HV_STATE_STACK] = RGB(0x00007a),
                            [HV_STATE_FILE] = RGB(0x5e97ff),
                            [HV_STATE_WATCH] = RGB(0x784800),
                            [HV_STATE_ANONYMOUS] = RGB(0x301830),
                            [HV_STATE_UNEXPLAINED] = RGB(0xc90092),
                        },
                    .background = RGB(0xfafafa),
                    .panel = RGB(0xececec),
                    .text = RGB(0x1e1e1e),
                    .text_dim = RGB(0x5e5c64),
                    .rule = RGB(0xc8c8c8),
                    .border = RGB(0x1e1e1e),
                    .accent = RGB(0xe01b24),
                    .born = RGB(0xffffff),
                    .freed = RGB(0xd83000),
                    .quiet = RGB(0xc0bfbc),
                    .others = RGB(0x6f7468),
                    .family = {RGB(0x0072b2), RGB(0xe69f00), RGB(0x004d38), RGB(0xcc79a7),
                               RGB(0xd55e00), RGB(0xa6d8f5), RGB(0xf0e442), RGB(0x83a175)},
                    LIGHT_RAMPS,
                },
            [HV_THEME_DARK] =
                {
                    .state =
                        {
                            [HV_STATE_NONE] = RGB(0x1e1e1e),
                            [HV_STATE_LIVE] = RGB(0x56b4e9),
                            [HV_STATE_LARGE] = RGB(0x009e73),
                            [HV_STATE_REGION] = RGB(0xc2ffce),
                            [HV_STATE_CACHED] = RGB(0xe69f00),
                            [HV_STATE_TRANSIT] = RGB(0xc488af),
                            [HV_STATE_FREE] = RGB(0x1d4a8c),
                            [HV_STATE_UNTOUCHED] = RGB(0x00263a),
                            [HV_STATE_TAIL] = RGB(0x7a4a49),
                            [HV_STATE_DIRTY] = RGB(0xd55e00),
                            [HV_STATE_CLEAN] = RGB(0x48444f),
                            [HV_STATE_METADATA] = RGB(0xf0e442),
                            [HV_STATE_STACK] = RGB(0x7271ff),
                            [HV_STATE_FILE] = RGB(0x74707c),
                            [HV_STATE_WATCH] = RGB(0x9060a8),
                            [HV_STATE_ANONYMOUS] = RGB(0xd8d8d8),
                            [HV_STATE_UNEXPLAINED] = RGB(0xc80024),
                        },
                    .background = RGB(0x1e1e1e),
                    .panel = RGB(0x303030),
                    .text = RGB(0xf2f2f2),
                    .text_dim = RGB(0xb0aeb5),
                    .rule = RGB(0x505050),
                    .border = RGB(0x101010),
                    .accent = RGB(0xff7b63),
                    .born = RGB(0xffffff),
                    .freed = RGB(0xd83000),
                    .quiet = RGB(0x48444f),
                    .others = RGB(0x7a4a49),
                    .family = {RGB(0x56b4e9), RGB(0xe69f00), RGB(0x009e73), RGB(0xc488af),
                               RGB(0xd55e00), RGB(0x1d4a8c), RGB(0xf0e442), RGB(0xc2ffce)},
                    DARK_RAMPS,
                },
            [HV_THEME_LIGHT_CONTRAST] =
                {
                    .state =
                        {
                            [HV_STATE_NONE] = RGB(0xffffff),
                            [HV_STATE_LIVE] = RGB(0x226c9e),
                            [HV_STATE_LARGE] = RGB(0x034c38),
                            [HV_STATE_REGION] = RGB(0x3b9074),
                            [HV_STATE_CACHED] = RGB(0xd08404),
                            [HV_STATE_TRANSIT] = RGB(0xb6749d),
                            [HV_STATE_FREE] = RGB(0x2d9dd0),
                            [HV_STATE_UNTOUCHED] = RGB(0xa5d38d),
                            [HV_STATE_TAIL] = RGB(0x5f6954),
                            [HV_STATE_DIRTY] = RGB(0xbc5c1a),
                            [HV_STATE_CLEAN] = RGB(0xc2c1ba),
                            [HV_STATE_METADATA] = RGB(0x9c965f),
                            [HV_STATE_STACK] = RGB(0x04067a),
                            [HV_STATE_FILE] = RGB(0x5478e9),
                            [HV_STATE_WATCH] = RGB(0x714502),
                            [HV_STATE_ANONYMOUS] = RGB(0x210a29),
                            [HV_STATE_UNEXPLAINED] = RGB(0x7e10fd),
                        },
                    .background = RGB(0xffffff),
                    .panel = RGB(0xe0e0e0),
                    .text = RGB(0x000000),
                    .text_dim = RGB(0x303030),
                    .rule = RGB(0x606060),
                    .border = RGB(0x000000),
                    .accent = RGB(0xd00000),
                    .born = RGB(0xffffff),
                    .freed = RGB(0xb01e00),
                    .quiet = RGB(0xc2c1ba),
                    .others = RGB(0x5f6954),
                    .family = {RGB(0x226c9e), RGB(0xd08404), RGB(0x034c38), RGB(0xb6749d),
                               RGB(0xbc5c1a), RGB(0x2d9dd0), RGB(0x9c965f), RGB(0x3b9074)},
                    LIGHT_RAMPS,
                },
            [HV_THEME_DARK_CONTRAST] =
                {
                    .state =
                        {
                            [HV_STATE_NONE] = RGB(0x000000),
                            [HV_STATE_LIVE] = RGB(0x4eb4eb),
                            [HV_STATE_LARGE] = RGB(0x0a9d73),
                            [HV_STATE_REGION] = RGB(0xc7ffce),
                            [HV_STATE_CACHED] = RGB(0xe8a110),
                            [HV_STATE_TRANSIT] = RGB(0xce8ab5),
                            [HV_STATE_FREE] = RGB(0x1859a8),
                            [HV_STATE_UNTOUCHED] = RGB(0x597348),
                            [HV_STATE_TAIL] = RGB(0x744145),
                            [HV_STATE_DIRTY] = RGB(0xd85f00),
                            [HV_STATE_CLEAN] = RGB(0x484958),
                            [HV_STATE_METADATA] = RGB(0xf1e246),
                            [HV_STATE_STACK] = RGB(0x7373f9),
                            [HV_STATE_FILE] = RGB(0x76737c),
                            [HV_STATE_WATCH] = RGB(0x39257d),
                            [HV_STATE_ANONYMOUS] = RGB(0xdcdfe0),
                            [HV_STATE_UNEXPLAINED] = RGB(0xc70422),
                        },
                    .background = RGB(0x000000),
                    .panel = RGB(0x282828),
                    .text = RGB(0xffffff),
                    .text_dim = RGB(0xe0e0e0),
                    .rule = RGB(0xa0a0a0),
                    .border = RGB(0x000000),
                    .accent = RGB(0xff9080),
                    .born = RGB(0xffffff),
                    .freed = RGB(0xd83000),
                    .quiet = RGB(0x484958),
                    .others = RGB(0x744145),
                    .family = {RGB(0x4eb4eb), RGB(0xe8a110), RGB(0x0a9d73), RGB(0xce8ab5),
                               RGB(0xd85f00), RGB(0x1859a8), RGB(0xf1e246), RGB(0xc7ffce)},
                    DARK_RAMPS,
                },
            [HV_THEME_LIGHT_GREY] =
                {
                    .state =
                        {
                            [HV_STATE_NONE] = RGB(0xfafafa),
                            [HV_STATE_LIVE] = RGB(0x3b3b3b),
                            [HV_STATE_LARGE] = RGB(0x181818),
                            [HV_STATE_REGION] = RGB(0x555555),
                            [HV_STATE_CACHED] = RGB(0xaaaaaa),
                            [HV_STATE_TRANSIT] = RGB(0x9b9b9b),
                            [HV_STATE_FREE] = RGB(0xc9c9c9),
                            [HV_STATE_UNTOUCHED] = RGB(0xe8e8e8),
                            [HV_STATE_TAIL] = RGB(0x707070),
                            [HV_STATE_DIRTY] = RGB(0x7e7e7e),
                            [HV_STATE_CLEAN] = RGB(0xd8d8d8),
                            [HV_STATE_METADATA] = RGB(0xb9b9b9),
                            [HV_STATE_STACK] = RGB(0x232323),
                            [HV_STATE_FILE] = RGB(0x8c8c8c),
                            [HV_STATE_WATCH] = RGB(0x484848),
                            [HV_STATE_ANONYMOUS] = RGB(0x2f2f2f),
                            [HV_STATE_UNEXPLAINED] = RGB(0x626262),
                        },
                    .background = RGB(0xfafafa),
                    .panel = RGB(0xececec),
                    .text = RGB(0x1e1e1e),
                    .text_dim = RGB(0x5e5e5e),
                    .rule = RGB(0xc8c8c8),
                    .border = RGB(0x1e1e1e),
                    .accent = RGB(0x000000),
                    .born = RGB(0xffffff),
                    .freed = RGB(0x000000),
                    .quiet = RGB(0xdadada),
                    .others = RGB(0x363636),
                    .family = {RGB(0x474747), RGB(0xa8a8a8), RGB(0x262626), RGB(0x808080),
                               RGB(0x6c6c6c), RGB(0xbebebe), RGB(0x949494), RGB(0x595959)},
                    LIGHT_GREY_RAMPS,
                },
            [HV_THEME_DARK_GREY] =
                {
                    .state =
                        {
                            [HV_STATE_NONE] = RGB(0x1e1e1e),
                            [HV_STATE_LIVE] = RGB(0xcbcbcb),
                            [HV_STATE_LARGE] = RGB(0xf9f9f9),
                            [HV_STATE_REGION] = RGB(0xaeaeae),
                            [HV_STATE_CACHED] = RGB(0x5b5b5b),
                            [HV_STATE_TRANSIT] = RGB(0x686868),
                            [HV_STATE_FREE] = RGB(0x424242),
                            [HV_STATE_UNTOUCHED] = RGB(0x2a2a2a),
                            [HV_STATE_TAIL] = RGB(0x919191),
                            [HV_STATE_DIRTY] = RGB(0x838383),
                            [HV_STATE_CLEAN] = RGB(0x363636),
                            [HV_STATE_METADATA] = RGB(0x4e4e4e),
                            [HV_STATE_STACK] = RGB(0xeaeaea),
                            [HV_STATE_FILE] = RGB(0x757575),
                            [HV_STATE_WATCH] = RGB(0xbcbcbc),
                            [HV_STATE_ANONYMOUS] = RGB(0xdadada),
                            [HV_STATE_UNEXPLAINED] = RGB(0x9f9f9f),
                        },
                    .background = RGB(0x1e1e1e),
                    .panel = RGB(0x303030),
                    .text = RGB(0xf2f2f2),
                    .text_dim = RGB(0xb0b0b0),
                    .rule = RGB(0x505050),
                    .border = RGB(0x101010),
                    .accent = RGB(0xffffff),
                    .born = RGB(0x000000),
                    .freed = RGB(0xffffff),
                    .quiet = RGB(0x2f2f2f),
                    .others = RGB(0x555555),
                    .family = {RGB(0xd1d1d1), RGB(0x686868), RGB(0xe8e8e8), RGB(0x919191),
                               RGB(0xa6a6a6), RGB(0x424242), RGB(0x7c7c7c), RGB(0xbbbbbb)},
                    DARK_GREY_RAMPS,
                },
};

const HvPalette *hv_palette_get(HvTheme theme) {
  return &palettes[theme < HV_THEMES ? theme : HV_THEME_LIGHT];
}

static const char *const theme_keys[HV_THEMES] = {"light",         "dark",       "light-contrast",
                                                  "dark-contrast", "light-grey", "dark-grey"};

const char *hv_theme_key(HvTheme theme) {
  return theme_keys[theme];
}

gboolean hv_theme_parse(const char *key, HvTheme *theme) {
  for (guint i = 0; i < HV_THEMES; i++) {
    if (g_str_equal(key, theme_keys[i])) {
      *theme = (HvTheme)i;
      return TRUE;
    }
  }
  return FALSE;
}

guint32 hv_palette_ramp(const guint32 *stops, guint64 value, guint64 full) {
  guint64 position = full == 0 ? 0 : MIN(value, full) * (HV_RAMP_STOPS - 1);
  guint stop = full == 0 ? 0 : (guint)(position / full);
  guint64 rest = full == 0 ? 0 : position % full;
  guint32 low = stops[stop];
  guint32 high = stops[MIN(stop + 1, HV_RAMP_STOPS - 1)];
  guint32 colour = 0xff;
  for (int shift = 16; shift >= 0; shift -= 8) {
    guint64 from = low >> shift & 0xff;
    guint64 to = high >> shift & 0xff;
    guint64 mixed = full == 0 ? from : (from * (full - rest) + to * rest + full / 2) / full;
    colour = colour << 8 | (guint32)mixed;
  }
  return colour;
}

guint32 hv_palette_shade(guint32 colour, guint shade, guint count) {
  /* From three quarters of the colour to the colour with three eighths of white. */
  int step = count < 2 ? 0 : (int)(shade * 1000 / (count - 1)) - 500;
  guint32 shaded = 0xff;
  for (int shift = 16; shift >= 0; shift -= 8) {
    int part = (int)(colour >> shift & 0xff);
    part += step < 0 ? part * step / 2000 : (255 - part) * step * 3 / 4000;
    shaded = shaded << 8 | (guint32)part;
  }
  return shaded;
}

guint32 hv_palette_text_on(guint32 fill) {
  /* Relative luminance with a gamma of 2, in millionths of Rec. 709's weights: black contrasts more
   * with what is above 0.18 of linear light, about 0.2 here. */
  guint64 red = fill >> 16 & 0xff;
  guint64 green = fill >> 8 & 0xff;
  guint64 blue = fill & 0xff;
  guint64 luminance =
      (red * red * 212600 + green * green * 715200 + blue * blue * 72200) / (255 * 255);
  return luminance > 200000 ? RGB(0x000000) : RGB(0xffffff);
}
