// Updates from a TUF repository with go-tuf's own client, downloads what stdin names, and prints where each file went.
//
// Arguments: metadata URL, target URL, the trusted root, a folder for the client's state.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(metadataURL, targetURL, root, folder string) error {
	trusted, err := trustedRoot(root, filepath.Join(folder, "metadata"))
	if err != nil {
		return err
	}
	settings, err := config.New(metadataURL, trusted)
	if err != nil {
		return err
	}
	settings.LocalMetadataDir = filepath.Join(folder, "metadata")
	settings.LocalTargetsDir = filepath.Join(folder, "targets")
	settings.RemoteTargetsURL = targetURL
	client, err := updater.New(settings)
	if err != nil {
		return err
	}
	if err := client.Refresh(); err != nil {
		return err
	}
	var names []string
	if err := json.NewDecoder(os.Stdin).Decode(&names); err != nil {
		return err
	}
	places := map[string]string{}
	for _, name := range names {
		if places[name], err = download(client, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(places)
}

// The newest root that this client accepted; its first one, where it never ran before.
func trustedRoot(first, metadata string) ([]byte, error) {
	accepted, err := os.ReadFile(filepath.Join(metadata, "root.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return os.ReadFile(first)
	}
	return accepted, err
}

func download(client *updater.Updater, name string) (string, error) {
	target, err := client.GetTargetInfo(name)
	if err != nil {
		return "", err
	}
	if place, _, err := client.FindCachedTarget(target, ""); err != nil || place != "" {
		return place, err
	}
	place, _, err := client.DownloadTarget(target, "", "")
	return place, err
}
