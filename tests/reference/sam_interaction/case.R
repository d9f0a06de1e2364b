# An interaction of two factors.
source("../write_sam.R")
align_products()
data <- read_data("latent_interaction.csv")
fit <- sam(read_model(), data = data)
write_sam(fit)
