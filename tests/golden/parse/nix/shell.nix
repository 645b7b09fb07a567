# A shell with everything that building needs.
{ pkgs ? import <nixpkgs> { }, withDocs ? true }:

let
  inherit (pkgs) lib stdenv;

  # What the build asks for.
  version = "1.4.0";

  /* Adds a prefix to each name. */
  prefixed = prefix: names: map (name: "${prefix}-${name}") names;

  mkTool = { name, src ? ./., ... }@args:
    stdenv.mkDerivation {
      inherit name src;
      buildInputs = lib.optional withDocs pkgs.doxygen;
    };
in
rec {
  tools = prefixed "demo" [ "index" "search" ];

  # The program itself.
  package = mkTool {
    name = "demo";
    src = import ./source.nix;
  };

  services.demo.enable = true;
  shell = pkgs.mkShell {
    packages = [ package ];
    shellHook = ''
      echo ${version}
    '';
  };
}
