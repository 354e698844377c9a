/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c - trucban, the command line; everything is in the library tb_cli. */
#include "client/cli/cli.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
