"""Where facilities stand and whom they serve: capacitated location with split or single supply."""
