# An interaction of two factors.
source("../write_sam.R")
data <- read_data("latent_interaction.csv")
fit <- sam(read_model(), data = data)
write_sam(fit)
