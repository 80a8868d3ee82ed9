package command

import "github.com/urfave/cli/v2"

func (t *tool) helpCommand() *cli.Command {
	return &cli.Command{
		Name:        "help",
		Usage:       "what a command does, and its flags",
		ArgsUsage:   "[COMMAND]",
		Description: "The same as COMMAND --help; without one, all commands.",
		Action: func(c *cli.Context) error {
			switch name := c.Args().First(); {
			case c.NArg() == 0:
				return cli.ShowAppHelp(c)
			case c.NArg() > 1:
				return usage(c, "one command at a time, not %d", c.NArg())
			case c.App.Command(name) == nil:
				return unknownCommand(c.App, name)
			default:
				return cli.ShowCommandHelp(c, name)
			}
		},
	}
}
